import { textLiteral } from './literal.ts'
import type { Cell, QuestdbServer } from './server.ts'
import type { Table } from './tables.ts'

/** A table as the server has it. */
export interface FoundTable {
  /** In what it differs from what it must be, in words; empty: in nothing. How long it keeps rows is not in it. */
  readonly faults: readonly string[]
  /** How long it keeps rows: `30 DAY`, `0 HOUR` for ever. */
  readonly ttl: string
}

/** Undefined: there is none of that name. */
export async function findTable(server: QuestdbServer, table: Table): Promise<FoundTable | undefined> {
  const { dataset } = await server.query(
    `SELECT "designatedTimestamp", "partitionBy", "walEnabled", "dedup", "ttlValue", "ttlUnit"
     FROM tables() WHERE table_name = ${textLiteral(table.name)}`,
  )
  const [row] = dataset
  if (row === undefined) return undefined
  const [designated, partition, wal, dedup, value, unit] = row
  const settings = [
    designated === 'ts' ? '' : `its timestamp is ${designated}`,
    partition === 'DAY' ? '' : `its partitions are by ${partition}`,
    wal === true ? '' : 'it has no write-ahead log',
    dedup === true ? '' : 'it does not deduplicate',
  ].filter((fault) => fault !== '')
  return { faults: [...(await columnFaults(server, table)), ...settings], ttl: ttlText(value, unit) }
}

/** The server makes weeks of whole ones. */
export function ttlText(value: Cell | undefined, unit: Cell | undefined): string {
  return unit === 'WEEK' ? ttlOf(Number(value) * 7) : `${value} ${unit}`
}

/** As {@link FoundTable.ttl}. */
export function ttlOf(days: number): string {
  return `${days} DAY`
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
