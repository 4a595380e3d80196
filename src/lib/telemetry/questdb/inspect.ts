import { textLiteral } from './literal.ts'
import { tableNames } from './names.ts'
import { ownerOf } from './owner.ts'
import { type QuestdbAddress, QuestdbServer } from './server.ts'
import { findTable, ttlOf, ttlText } from './table-faults.ts'
import { eventTable, type Retention, sumsDays, telemetryTables } from './tables.ts'

/** A table as it is, beside what it must be. */
export interface TableFact {
  readonly name: string
  readonly isThere: boolean
  /** In what it differs, in words. */
  readonly faults: readonly string[]
  /** How long it keeps rows, and how long it should: `30 DAY`. */
  readonly ttl: { readonly is: string; readonly should: string }
  /** Why the server has stopped to apply what it acknowledges; undefined: it has not. */
  readonly suspended: string | undefined
  /** Why the server has given a view up; undefined: it has not. */
  readonly invalid: string | undefined
}

export interface StoreFacts {
  readonly server: string
  /** Whose the tables are; undefined: nobody's yet. */
  readonly owner: string | undefined
  readonly tables: readonly TableFact[]
}

/**
 * Looks at everything that a fleet has on the server. Nothing is changed.
 * @throws UnreachableError, RefusedError `STORE_…`
 */
export async function inspectStore(
  options: QuestdbAddress & { readonly fleet: string; readonly retention: Retention },
): Promise<StoreFacts> {
  const { fleet, retention } = options
  const names = tableNames(fleet)
  await using server = new QuestdbServer(options)
  const stopped = await suspensions(server)
  const tables = [...telemetryTables(names, retention.measurements), eventTable(names, retention.events)]
  const facts: TableFact[] = []
  for (const table of tables) {
    const found = await findTable(server, table)
    facts.push({
      ...{ name: table.name, isThere: found !== undefined, faults: found?.faults ?? [] },
      ttl: { is: found?.ttl ?? '', should: ttlOf(table.days) },
      ...{ suspended: stopped.get(table.name), invalid: undefined },
    })
  }
  const view = await viewFact(server, names.sums, ttlOf(sumsDays(retention.measurements)))
  const owner = await ownerOf(server, names)
  const sums = { ...view, suspended: stopped.get(names.sums) }
  return { server: server.address, owner, tables: [...facts, sums] }
}

/** By table: what the server says of it. */
async function suspensions(server: QuestdbServer): Promise<ReadonlyMap<string, string>> {
  const { dataset } = await server.query(
    'SELECT name, "errorTag", "errorMessage" FROM wal_tables() WHERE suspended',
  )
  return new Map(
    dataset.map(([name, ...said]) => [
      String(name),
      said
        .filter((word) => word !== null)
        .join(' ')
        .trim(),
    ]),
  )
}

async function viewFact(server: QuestdbServer, name: string, should: string) {
  const literal = textLiteral(name)
  const view = await server.query(
    `SELECT view_status, invalidation_reason FROM materialized_views() WHERE view_name = ${literal}`,
  )
  const table = await server.query(`SELECT "ttlValue", "ttlUnit" FROM tables() WHERE table_name = ${literal}`)
  const [row] = view.dataset
  const [status, reason] = row ?? []
  return {
    ...{ name, isThere: row !== undefined, faults: [] },
    ttl: { is: ttlText(table.dataset[0]?.[0], table.dataset[0]?.[1]), should },
    invalid: status === 'invalid' ? String(reason ?? '') : undefined,
  }
}
