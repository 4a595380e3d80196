import { isStaffName } from '../base/names.ts'
import { printable } from '../base/printable.ts'
import type { ReloadResult } from '../fleet/reload-broker.ts'
import { counted } from '../ui/number-text.ts'

/** Whether the broker knows, and how many sessions it ended. */
export function brokerToldText({ broker, evicted }: Pick<ReloadResult, 'broker' | 'evicted'>): string {
  if (broker === 'none') return 'No broker runs from this directory now: it counts from its next start on.'
  if (evicted.length === 0) return 'The broker knows; nobody had to be disconnected.'
  if (broker === 'mosquitto') return mosquittoToldText(evicted)
  const ended = `${counted(evicted.length, 'live session')} ${evicted.length === 1 ? 'was' : 'were'} ended`
  return `The broker knows: ${ended}.`
}

/** A mosquitto that is not ours tells nobody who is connected, and an operator's sessions have ids that nobody knows. */
function mosquittoToldText(evicted: readonly string[]): string {
  const staff = evicted.filter(isStaffName)
  const lines = ['The broker knows. Sessions that were open are ended.']
  if (staff.length > 0)
    lines.push(`What ${printable(staff.join(', '))} had open may stay so, but nothing passes there any more.`)
  return lines.join('\n')
}
