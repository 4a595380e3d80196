import { UsageError } from '../base/errors.ts'
import type { Fleet } from './fleet.ts'
import { storeAddress } from './open-telemetry.ts'

export interface SqlRequest {
  readonly statement: string
  /** Rows to leave out at the beginning. */
  readonly skip: number
  /** Rows at most; undefined: all. */
  readonly limit: number | undefined
}

/** Some rows of an answer. The first page of each tells its columns and has none. */
export interface SqlPage {
  readonly columns: readonly SqlColumn[]
  /** Cells in the order of the columns; whole numbers past 2^53 are text. */
  readonly rows: readonly (readonly SqlCell[])[]
  /** How many rows to skip for what follows the limit; null while nothing is known to. */
  readonly next: number | null
}

export interface SqlColumn {
  readonly name: string
  readonly type: string
}

export type SqlCell = string | number | boolean | null | readonly SqlCell[]

/**
 * Asks the store in its own SQL. Pages come as they are read, so memory does not grow with the answer.
 * @throws UsageError `STORE_NO_SQL`, `SQL_WRITES`, `STORE_QUERY` · UnreachableError `STORE_…` · RefusedError
 */
export async function* sqlTelemetry(
  { config }: Fleet,
  { statement, skip, limit = Number.MAX_SAFE_INTEGER - skip - 1 }: SqlRequest,
): AsyncGenerator<SqlPage> {
  if (config.store.kind !== 'questdb') throw noSql()
  const { userSqlPages } = await import('../telemetry/questdb/user-sql.ts')
  const end = skip + limit
  let left = limit
  const oneMore = { from: skip, to: end + 1 } // tells whether the limit cuts anything off
  for await (const { columns, dataset } of userSqlPages(await storeAddress(config), statement, oneMore)) {
    const rows = dataset.slice(0, left)
    left -= rows.length
    yield { columns, rows, next: rows.length < dataset.length ? end : null }
  }
}

function noSql(): UsageError {
  return new UsageError(
    'STORE_NO_SQL',
    '--sql asks a QuestDB; this fleet keeps its telemetry in the embedded store, which has no SQL.',
    {
      layer: 'store',
      hint: 'Ask for values with flotilla telemetry query DEVICE, or set store.kind: questdb in fleet.yaml.',
    },
  )
}
