import { NotFoundError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { KeptSet } from '../registry/kept-set.ts'
import type { Registry } from '../registry/registry.ts'

/**
 * The sets of these names, in whatever spelling.
 * @throws NotFoundError `SET_UNKNOWN`, which names the one that was probably meant
 */
export async function findSets(registry: Registry, names: readonly string[]): Promise<readonly KeptSet[]> {
  const kept = await registry.sets()
  const byName = new Map(kept.map((set) => [set.name.toLowerCase(), set]))
  return names.map((name) => byName.get(name.toLowerCase()) ?? refuse(name, kept))
}

function refuse(missing: string, kept: readonly KeptSet[]): never {
  const names = kept.map(({ name }) => name)
  const near = nearest(missing, names)
  throw new NotFoundError('SET_UNKNOWN', `No set of devices is kept as @${missing}.`, {
    hint: near === undefined ? howToKeep(names) : `Did you mean @${near}?`,
  })
}

function howToKeep(kept: readonly string[]): string {
  if (kept.length === 0) return 'Keep one: flotilla device list silent --keep night'
  const shown = kept.slice(0, 8).map((name) => `@${name}`)
  return `There are ${shown.join(', ')}${kept.length > shown.length ? ', …' : ''}.`
}
