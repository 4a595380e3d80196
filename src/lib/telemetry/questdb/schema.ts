import { UsageError } from '../../base/errors.ts'
import { textLiteral } from './literal.ts'
import type { TableNames } from './names.ts'
import type { QuestdbServer } from './server.ts'

type Columns = Readonly<Record<string, string>>

interface Table {
  readonly name: string
  /** Types by column; the first is the designated timestamp. */
  readonly columns: Columns
  /** By these a row that comes again is the same row. */
  readonly keys: readonly string[]
}

const DAY = 86_400_000

const SERIES: Columns = { ts: 'TIMESTAMP', device: 'SYMBOL', metric: 'SYMBOL' }

/**
 * A row holds one value (device, metric), never a device's whole message: deduplication replaces whole rows, and two
 * messages of one moment would wipe each other's metrics out. No index on device: with late data it costs more than
 * it brings.
 */
function tablesOf({ measurements, series }: TableNames): readonly Table[] {
  const keys = ['ts', 'device', 'metric']
  return [
    { name: measurements, columns: { ...SERIES, value: 'DOUBLE', text: 'VARCHAR' }, keys },
    { name: series, columns: SERIES, keys },
  ]
}

/** Sums are kept for a year, or as long as what they are made of. */
const SUMS_DAYS = 365

/**
 * Makes what is missing, and checks what is there; may be done again at any time. Days that the retention no longer
 * covers are deleted by the server itself.
 * @param retention milliseconds that measurements are kept
 * @throws UsageError `STORE_SCHEMA` when a table of that name is not ours: it is never altered
 */
export async function ensureSchema(
  server: QuestdbServer,
  names: TableNames,
  retention: number,
): Promise<void> {
  const days = daysOf(retention)
  for (const table of tablesOf(names)) {
    await server.query(creation(table, days))
    await checkTable(server, table)
    await keepDays(server, table.name, days)
  }
  await server.query(sumsCreation(names, Math.max(SUMS_DAYS, days)))
}

/** @throws UsageError `STORE_VERSION` when the server does not read the lines that are written here */
export async function requireVersion2(server: QuestdbServer): Promise<void> {
  const versions = await server.lineVersions()
  if (versions.includes(2)) return
  throw new UsageError(
    'STORE_VERSION',
    `QuestDB at ${server.address} is too old: it does not read line protocol 2.`,
    {
      layer: 'store',
      hint: 'Update it to 9.0 or later.',
    },
  )
}

/** The server deletes whole days: a day that is partly within the retention stays. */
function daysOf(retention: number): number {
  return Math.max(1, Math.ceil(retention / DAY))
}

function creation({ name, columns, keys }: Table, days: number): string {
  const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`)
  return `CREATE TABLE IF NOT EXISTS ${name} (${list.join(', ')}) TIMESTAMP(ts)
    PARTITION BY DAY TTL ${days} DAYS WAL DEDUP UPSERT KEYS(${keys.join(', ')})`
}

function sumsCreation({ measurements, sums }: TableNames, days: number): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${sums} AS (
    SELECT ts, device, metric, count(value) n, avg(value) avg, min(value) min, max(value) max, last_not_null(value) last
    FROM ${measurements} SAMPLE BY 5m) PARTITION BY DAY TTL ${days} DAYS`
}

async function checkTable(server: QuestdbServer, table: Table): Promise<void> {
  const faults = [...(await columnFaults(server, table)), ...(await settingFaults(server, table))]
  if (faults.length === 0) return
  throw new UsageError('STORE_SCHEMA', `QuestDB's table ${table.name} is not ours: ${faults.join('; ')}.`, {
    layer: 'store',
    hint: `If nobody needs it: RENAME TABLE ${table.name} TO ${table.name}_old, and it is made anew.`,
  })
}

async function columnFaults(server: QuestdbServer, { name, columns, keys }: Table): Promise<string[]> {
  const { dataset } = await server.query(`SELECT "column", "type", "upsertKey" FROM table_columns('${name}')`)
  const found = new Map(dataset.map(([column, type, key]) => [column, { type, key }]))
  const faults: string[] = []
  for (const [column, type] of Object.entries(columns)) {
    const is = found.get(column)
    if (is === undefined) faults.push(`column ${column} is missing`)
    else if (is.type !== type) faults.push(`column ${column} is ${is.type}, not ${type}`)
    else if (is.key !== keys.includes(column))
      faults.push(`column ${column} is ${is.key === true ? 'a' : 'no'} key of deduplication`)
  }
  return faults
}

async function settingFaults(server: QuestdbServer, { name }: Table): Promise<string[]> {
  const { dataset } = await server.query(
    `SELECT "designatedTimestamp", "partitionBy", "walEnabled", "dedup" FROM tables() WHERE table_name = ${textLiteral(name)}`,
  )
  const [designated, partition, wal, dedup] = dataset[0] ?? []
  return [
    designated === 'ts' ? '' : `its timestamp is ${designated}`,
    partition === 'DAY' ? '' : `its partitions are by ${partition}`,
    wal === true ? '' : 'it has no write-ahead log',
    dedup === true ? '' : 'it does not deduplicate',
  ].filter((fault) => fault !== '')
}

async function keepDays(server: QuestdbServer, table: string, days: number): Promise<void> {
  const { dataset } = await server.query(
    `SELECT "ttlValue", "ttlUnit" FROM tables() WHERE table_name = ${textLiteral(table)}`,
  )
  const [value, unit] = dataset[0] ?? []
  if (value === days && unit === 'DAY') return
  await server.query(`ALTER TABLE ${table} SET TTL ${days} DAYS`)
}
