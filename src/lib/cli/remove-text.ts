import type { RemoveResult } from '../fleet/remove-devices.ts'
import type { Paint } from '../ui/paint.ts'
import { idList } from './bar-text.ts'
import { brokerToldText } from './reload-text.ts'

export function removeText(result: RemoveResult, paint: Paint): string {
  const { devices, revoked } = result
  if (devices.length === 0) return 'The selector chooses no device: nothing was changed.'
  const certificates = revoked.length === 1 ? '1 certificate' : `${revoked.length} certificates`
  return [
    `${paint.strong(idList(devices))} retired, ${certificates} revoked.`,
    brokerToldText(result),
    `Next: ${paint.command('flotilla device list --retired')}`,
  ].join('\n')
}
