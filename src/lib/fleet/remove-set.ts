import { checkSetName } from '../registry/kept-set.ts'
import { findSets } from './find-sets.ts'
import type { Fleet } from './fleet.ts'
import { idsDigest } from './keep-set.ts'
import { devicesOf } from './select-devices.ts'
import { type SetView, setView } from './set-view.ts'

/** A set that is gone, and all that is needed to keep it again. */
export interface RemovedSet extends SetView {
  readonly ids: readonly string[]
  /** How many of them are retired: they are chosen again only with --retired. */
  readonly retired: number
}

/**
 * Takes a set away; nothing happens to its devices.
 * @param typed its name, with or without the `@`
 * @param confirm is asked with what will go
 * @throws UsageError `SET_NAME` · NotFoundError `SET_UNKNOWN`
 */
export async function removeSet(
  fleet: Fleet,
  typed: string,
  confirm: (set: SetView) => Promise<void>,
): Promise<RemovedSet> {
  const name = checkSetName(typed.replace(/^@/, ''))
  const registry = await fleet.registry()
  const [set] = await findSets(registry, [name])
  const view = setView(set!)
  await confirm(view)
  const { name: actor } = await fleet.operator()
  const now = Date.now()
  const read = { selector: { kind: 'set', name } as const, moments: { now, heardUntil: now } }
  const devices = await devicesOf(registry, read, { includeRetired: true })
  const ids = devices.map(({ id }) => id)
  const details = { selector: view.selector, devices: ids.length, digest: idsDigest(ids) }
  await registry.change(actor, { action: 'set.remove', subject: `@${view.name}`, details }, (write) =>
    write.removeSet(name),
  )
  return { ...view, ids, retired: devices.filter(({ life }) => life === 'retired').length }
}
