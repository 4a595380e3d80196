import { createHash } from 'node:crypto'
import { NotFoundError } from '../base/errors.ts'
import type { Fleet } from './fleet.ts'

export interface KeepRequest {
  readonly name: string
  /** Whether a set of this name that is there goes for it. */
  readonly replace: boolean
}

/**
 * Keeps devices under a name, as they were chosen now.
 * @param words what chose them
 * @throws UsageError `SET_EXISTS` · NotFoundError `NOTHING_SELECTED`
 */
export async function keepSet(
  fleet: Fleet,
  { name, replace }: KeepRequest,
  ids: readonly string[],
  words: readonly string[],
): Promise<void> {
  if (ids.length === 0) {
    throw new NotFoundError(
      'NOTHING_SELECTED',
      `No device is chosen, so @${name} would be empty: it was not kept.`,
      {
        hint: 'flotilla device list shows devices and their tags.',
      },
    )
  }
  const registry = await fleet.registry()
  const { name: actor } = await fleet.operator()
  const selector = words.length === 0 ? 'all' : words.join(' ')
  const details = { selector, devices: ids.length, digest: idsDigest(ids), replace }
  await registry.change(actor, { action: 'set.keep', subject: `@${name}`, details }, (write) =>
    write.keepSet({ name, selector, actor, ids, replace }),
  )
}

/** As of a batch: the devices themselves may be many, and their digest says whether they are the same. */
export function idsDigest(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join('\n')).digest('hex')
}
