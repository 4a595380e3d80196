import type { RemoveResult } from '../fleet/remove-devices.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { idList } from './bar-text.ts'
import { brokerToldText } from './reload-text.ts'

export function removeText(result: RemoveResult, paint: Paint): string {
  const { devices, already, revoked } = result
  const certificates = `${counted(revoked.length, 'certificate')} revoked`
  const lines: string[] = []
  if (devices.length > 0) lines.push(`${paint.strong(idList(devices))} retired, ${certificates}.`)
  if (already.length > 0) {
    const now =
      devices.length === 0 && revoked.length > 0 ? ` now ${certificates}` : ' on the revocation list'
    lines.push(`${idList(already)} ${already.length === 1 ? 'was' : 'were'} retired before,${now}.`)
  }
  return [...lines, brokerToldText(result)].join('\n')
}
