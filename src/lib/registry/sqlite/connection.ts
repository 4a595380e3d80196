import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'

interface Prepared {
  readonly statement: StatementSync
  /** Whether it gives rows; kysely does not say so of raw SQL. */
  readonly reader: boolean
}

/** Statements that are kept prepared; the program has fewer, apart from inserts of odd lengths. */
const KEPT = 100

/** Runs kysely's queries on one connection of node:sqlite. */
export function sqliteConnection(
  database: DatabaseSync,
  run: <T>(step: () => T) => Promise<T>,
): DatabaseConnection {
  const prepared = new Map<string, Prepared>()

  function prepare(sql: string): Prepared {
    const before = prepared.get(sql)
    if (before !== undefined) {
      // Taken out and put back: the one that was not used for longest comes first.
      prepared.delete(sql)
      prepared.set(sql, before)
      return before
    }
    const statement = database.prepare(sql)
    const fresh = { statement, reader: statement.columns().length > 0 }
    prepared.set(sql, fresh)
    if (prepared.size > KEPT) prepared.delete(prepared.keys().next().value!)
    return fresh
  }

  function execute<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    const { statement, reader } = prepare(sql)
    const values = parameters as SQLInputValue[]
    // node:sqlite's rows have no prototype; what leaves the registry is an object like any other.
    if (reader) return { rows: statement.all(...values).map((row) => ({ ...row }) as Row) }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  return {
    executeQuery: (query) => run(() => execute(query)),
    async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
      yield await run(() => execute<Row>(query))
    },
  }
}
