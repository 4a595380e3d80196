import type { BarResult } from '../fleet/bar-devices.ts'
import type { Paint } from '../ui/paint.ts'
import { brokerToldText } from './reload-text.ts'

const SHOWN = 5

/** What `device block` and `device unblock` say. */
export function barText(result: BarResult, done: 'blocked' | 'unblocked', paint: Paint): string {
  const { devices, already } = result
  const lines: string[] = []
  if (devices.length > 0) lines.push(`${paint.strong(idList(devices))} ${done}.`)
  if (already.length > 0)
    lines.push(`${idList(already)} ${already.length === 1 ? 'was' : 'were'} ${done} before.`)
  lines.push(brokerToldText(result))
  return lines.join('\n')
}

export function nextAfterBar({ devices, already }: BarResult): string | undefined {
  const first = devices[0] ?? already[0]
  return first && `flotilla device show ${first}`
}

export function idList(ids: readonly string[]): string {
  const shown = ids.slice(0, SHOWN).join(', ')
  return ids.length > SHOWN ? `${shown} and ${ids.length - SHOWN} more` : shown
}
