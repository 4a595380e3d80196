import { UsageError } from '../../base/errors.ts'
import { textLiteral } from './literal.ts'
import type { TableNames } from './names.ts'
import { claimTables } from './owner.ts'
import type { QuestdbServer } from './server.ts'
import { findTable, ttlOf, ttlText } from './table-faults.ts'
import {
  creation,
  eventTable,
  type Retention,
  SUMS_REFRESH,
  sumsCreation,
  sumsDays,
  type Table,
  telemetryTables,
} from './tables.ts'
import { settle } from './visibility.ts'

/** What was done to a table. */
export interface SchemaChange {
  readonly table: string
  readonly change: 'made' | 'retention' | 'refresh'
}

/**
 * Makes what is missing, and checks what is there; may be done again at any time. Days that the retention no longer
 * covers are deleted by the server itself.
 * @param retention milliseconds that measurements are kept
 * @throws UsageError `STORE_FLEET` when the tables are another fleet's, `STORE_SCHEMA` when a table of that name is not
 *   ours: it is never altered
 */
export async function ensureSchema(
  server: QuestdbServer,
  names: TableNames,
  retention: number,
): Promise<readonly SchemaChange[]> {
  await claimTables(server, names)
  return [
    ...(await ensureTables(server, telemetryTables(names, retention))),
    ...(await ensureSums(server, names, sumsDays(retention))),
  ]
}

/** The same for the table of events. @param retention milliseconds that they are kept */
export async function ensureEvents(
  server: QuestdbServer,
  names: TableNames,
  retention: number,
): Promise<readonly SchemaChange[]> {
  await claimTables(server, names)
  return ensureTables(server, [eventTable(names, retention)])
}

/** Both. */
export async function ensureAll(
  server: QuestdbServer,
  names: TableNames,
  retention: Retention,
): Promise<readonly SchemaChange[]> {
  return [
    ...(await ensureSchema(server, names, retention.measurements)),
    ...(await ensureEvents(server, names, retention.events)),
  ]
}

async function ensureTables(server: QuestdbServer, tables: readonly Table[]): Promise<SchemaChange[]> {
  const changes: SchemaChange[] = []
  for (const table of tables) {
    const before = await findTable(server, table)
    if (before === undefined) await server.query(creation(table))
    // Another process may have made it in between, or with other settings.
    const found = before ?? (await findTable(server, table))
    if (found !== undefined && found.faults.length > 0) throw notOurs(table, found.faults)
    if (before === undefined) changes.push({ table: table.name, change: 'made' })
    if (found === undefined || found.ttl === ttlOf(table.days)) continue
    await server.query(`ALTER TABLE ${table.name} SET TTL ${table.days} DAYS`)
    await settle(server, [table.name])
    if (before !== undefined) changes.push({ table: table.name, change: 'retention' })
  }
  return changes
}

async function ensureSums(
  server: QuestdbServer,
  names: TableNames,
  days: number,
): Promise<readonly SchemaChange[]> {
  const { sums: table } = names
  const { dataset } = await server.query(
    `SELECT "ttlValue", "ttlUnit" FROM tables() WHERE table_name = ${textLiteral(table)}`,
  )
  const [row] = dataset
  if (row === undefined) {
    await server.query(sumsCreation(names, days))
    return [{ table, change: 'made' }]
  }
  const changes: SchemaChange[] = []
  if (ttlText(row[0], row[1]) !== ttlOf(days)) {
    await server.query(`ALTER MATERIALIZED VIEW ${table} SET TTL ${days} DAYS`)
    changes.push({ table, change: 'retention' })
  }
  if (!(await isRefreshedByTimer(server, table))) {
    await server.query(`ALTER MATERIALIZED VIEW ${table} SET REFRESH ${SUMS_REFRESH}`)
    changes.push({ table, change: 'refresh' })
  }
  if (changes.length > 0) await settle(server, [table])
  return changes
}

/** A view of an earlier version is refreshed at every commit. */
async function isRefreshedByTimer(server: QuestdbServer, view: string): Promise<boolean> {
  const { dataset } = await server.query(
    `SELECT refresh_type = 'timer' FROM materialized_views() WHERE view_name = ${textLiteral(view)}`,
  )
  return dataset[0]?.[0] === true
}

function notOurs({ name }: Table, faults: readonly string[]): UsageError {
  return new UsageError('STORE_SCHEMA', `QuestDB's table ${name} is not ours: ${faults.join('; ')}.`, {
    layer: 'store',
    hint: `If nobody needs it: RENAME TABLE ${name} TO ${name}_old, and it is made anew.`,
  })
}
