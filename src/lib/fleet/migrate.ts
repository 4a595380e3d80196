import { UnreachableError } from '../base/errors.ts'
import { bringUpToDate, type VersionChange } from '../registry/sqlite/bring-up-to-date.ts'
import { REGISTRY, STATE } from '../registry/sqlite/kinds.ts'
import type { Fleet } from './fleet.ts'
import { type PreparedStore, prepareStore } from './prepare-store.ts'

/** What `migrate` prints with --json. */
export interface Migrated {
  readonly fleet: string
  /** Everything was of this version already. */
  readonly current: boolean
  readonly registry: VersionChange
  readonly state: VersionChange
  readonly store: PreparedStore
}

/**
 * Brings everything that outlives the program to its version: registry, state, and the tables of the store. May be
 * done again at any time; killed in between, the rest is done by the next run.
 * @throws UsageError `PROGRAM_OUTDATED`, `…_FOREIGN`, `STORE_FLEET`, `STORE_SCHEMA` · UnreachableError `…_BUSY`, `STORE_…`
 */
export async function migrateFleet({ name, config, directory }: Fleet): Promise<Migrated> {
  const registry = await bringUpToDate({ kind: REGISTRY, file: directory.registryFile })
  const state = await bringUpToDate({ kind: STATE, file: directory.stateFile })
  const store = await prepareStore(config).catch((error: unknown) => {
    throw error instanceof UnreachableError ? onlyHere(error, { registry, state }) : error
  })
  const isSame = [registry, state].every(({ from, to }) => from === to)
  return { fleet: name, current: isSame && store.changes.length === 0, registry, state, store }
}

function onlyHere(error: UnreachableError, details: Pick<Migrated, 'registry' | 'state'>): UnreachableError {
  const { code, message, cause } = error
  return new UnreachableError(code, `Registry and state are up to date, the store is not: ${message}`, {
    hint: 'Type the same again when it is there; up and serve do the rest at their start, too.',
    ...{ layer: 'store', details: { ...details }, cause },
  })
}
