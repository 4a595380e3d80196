import { printable } from '../base/printable.ts'
import type { TagResult } from '../fleet/tag-devices.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'

/** What `device tag` says: what now stands on how many devices. */
export function tagText({ devices, set, removed }: TagResult, paint: Paint): string {
  if (devices.length === 0) return 'The selector chooses no device: nothing was changed.'
  const whom = devices.length === 1 ? devices[0]! : counted(devices.length, 'device')
  const pairs = Object.entries(set).map(([key, value]) => printable(`${key}=${value}`))
  const changes = [
    ...(pairs.length > 0 ? [pairs.join(' ')] : []),
    ...(removed.length > 0 ? [`without ${printable(removed.join(', '))}`] : []),
  ]
  return `${paint.strong(whom)}: ${changes.join(', ')}`
}

/** Lists what was tagged, where the tags can be typed as they stand. */
export function nextAfterTag({ devices, set }: TagResult): string {
  if (devices.length === 0) return 'flotilla device list'
  const pairs = Object.entries(set).map(([key, value]) => `${key}=${value}`)
  const canBeTyped = pairs.every((pair) => /^[\w.-]+=[\w.:-]+$/.test(pair))
  return canBeTyped ? ['flotilla device list', pairs.join(' and ')].join(' ').trim() : 'flotilla device list'
}
