import { FlotillaError, RefusedError, UnreachableError } from '../base/errors.ts'
import type { SchemaChange } from '../telemetry/questdb/schema.ts'
import type { FleetConfig } from './config.ts'
import { storeAddress } from './open-telemetry.ts'

/** What became of the tables of a store. The embedded one has none to make beforehand. */
export interface PreparedStore {
  readonly kind: FleetConfig['store']['kind']
  readonly changes: readonly SchemaChange[]
}

/** Why the tables could not be made now. */
export interface StoreProblem {
  readonly code: string
  readonly message: string
  readonly hint: string | null
}

/** For `init`, in milliseconds: it is about a directory, and a server may come later. */
const SHORT = 3000

/**
 * Makes what is missing of the store's tables and brings the rest up to date.
 * @param timeout milliseconds for each answer
 * @throws UsageError `STORE_FLEET`, `STORE_SCHEMA`, `STORE_PASSWORD_FILE` · UnreachableError, RefusedError `STORE_…`
 */
export async function prepareStore(config: FleetConfig, timeout?: number): Promise<PreparedStore> {
  const { kind } = config.store
  if (kind !== 'questdb') return { kind, changes: [] }
  const { migrateQuestdb } = await import('../telemetry/questdb/migrate.ts')
  return { kind, changes: await migrateQuestdb(await questdbFleet(config, timeout)) }
}

/** The same for `init`, where a server that does not take us yet is no failure. */
export async function tryToPrepareStore(config: FleetConfig): Promise<PreparedStore | StoreProblem> {
  return unlessAway(() => prepareStore(config, SHORT))
}

/**
 * Whether the fleet may have its tables there; undefined: it may.
 * @throws UsageError `STORE_FLEET`: they are another fleet's
 */
export async function checkStoreOwner(config: FleetConfig): Promise<StoreProblem | undefined> {
  if (config.store.kind !== 'questdb') return undefined
  const { checkOwner } = await import('../telemetry/questdb/migrate.ts')
  return unlessAway(async () => {
    await checkOwner(await questdbFleet(config, SHORT))
    return undefined
  })
}

export async function questdbFleet(config: FleetConfig, timeout?: number) {
  return {
    ...(await storeAddress(config)),
    ...(timeout === undefined ? {} : { timeout }),
    ...{ fleet: config.name, retention: config.retention },
  }
}

async function unlessAway<T>(step: () => Promise<T>): Promise<T | StoreProblem> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof RefusedError) return problemOf(error)
    throw error
  }
}

function problemOf({ code, message, hint }: FlotillaError): StoreProblem {
  return { code, message, hint: hint ?? null }
}
