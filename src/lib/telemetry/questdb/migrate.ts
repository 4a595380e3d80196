import { tableNames } from './names.ts'
import { ownerOf, refuseOther } from './owner.ts'
import { ensureAll, type SchemaChange } from './schema.ts'
import { type QuestdbAddress, QuestdbServer } from './server.ts'
import type { Retention } from './tables.ts'

export interface QuestdbFleet extends QuestdbAddress {
  readonly fleet: string
  readonly retention: Retention
}

/**
 * Makes all tables of a fleet, and brings those that are there up to date.
 * @throws UsageError `STORE_FLEET`, `STORE_SCHEMA` · UnreachableError, RefusedError `STORE_…`
 */
export async function migrateQuestdb(options: QuestdbFleet): Promise<readonly SchemaChange[]> {
  await using server = new QuestdbServer(options)
  return await ensureAll(server, tableNames(options.fleet), options.retention)
}

/** Whether a fleet may have its tables there; nothing is made. @throws UsageError `STORE_FLEET` · as above */
export async function checkOwner(options: Omit<QuestdbFleet, 'retention'>): Promise<void> {
  await using server = new QuestdbServer(options)
  const names = tableNames(options.fleet)
  refuseOther(await ownerOf(server, names), names, server.address)
}
