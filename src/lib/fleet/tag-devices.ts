import { UsageError } from '../base/errors.ts'
import type { Fleet } from './fleet.ts'
import { checkAffected, selectSome } from './select-devices.ts'

export interface TagRequest {
  /** A selector. */
  readonly words: readonly string[]
  /** `key=value`; `key=` takes the tag away. */
  readonly tags: readonly string[]
  readonly maxAffected: number
}

export interface TagResult {
  readonly devices: readonly string[]
  readonly set: Readonly<Record<string, string>>
  readonly removed: readonly string[]
}

/** @throws UsageError `TAG`, `TOO_MANY` · NotFoundError `DEVICE_UNKNOWN` */
export async function tagDevices(fleet: Fleet, { words, tags, maxAffected }: TagRequest): Promise<TagResult> {
  const changes = parseTagChanges(tags)
  const registry = await fleet.registry()
  const devices = (await selectSome(fleet, words)).map(({ id }) => id)
  checkAffected(devices.length, maxAffected)
  const { name: actor } = await fleet.operator()
  const subject = devices.length === 1 ? devices[0]! : `${devices.length} devices`
  await registry.change(
    actor,
    { action: 'device.tag', subject, details: { devices, tags: changes } },
    (write) => write.setTags(devices, { ...changes.set, ...removals(changes.removed) }),
  )
  return { devices, ...changes }
}

function removals(keys: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(keys.map((key) => [key, undefined]))
}

function parseTagChanges(tags: readonly string[]): Pick<TagResult, 'set' | 'removed'> {
  const set: Record<string, string> = {}
  const removed: string[] = []
  for (const tag of tags) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(tag) ?? []
    if (key === undefined || value === undefined) {
      throw new UsageError('TAG', `${JSON.stringify(tag)} is not a tag.`, {
        hint: 'Write it like hall=B; hall= takes it away. Several devices are one word: p1,p2 or "silent and hall=A".',
      })
    }
    if (value === '') removed.push(key)
    else set[key] = value
  }
  return { set, removed }
}
