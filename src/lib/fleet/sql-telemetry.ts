import { UsageError } from '../base/errors.ts'
import type { Fleet } from './fleet.ts'
import { storeAddress } from './open-telemetry.ts'

export interface SqlRequest {
  readonly statement: string
  /** Rows to leave out at the beginning. */
  readonly skip: number
  readonly limit: number
}

/** An answer as `--json` prints it. */
export interface SqlResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Cells in the order of the columns; whole numbers past 2^53 are text. */
  readonly rows: readonly (readonly (string | number | boolean | null)[])[]
  /** How many rows to skip for the next page; null: there are no more. */
  readonly next: number | null
}

/**
 * Asks the store in its own SQL.
 * @throws UsageError `STORE_NO_SQL`, `SQL_WRITES`, `STORE_QUERY` · UnreachableError `STORE_…` · RefusedError
 */
export async function sqlTelemetry({ config }: Fleet, request: SqlRequest): Promise<SqlResult> {
  const { statement, skip, limit } = request
  if (config.store.kind !== 'questdb')
    throw new UsageError('STORE_NO_SQL', 'The embedded store of this fleet has no SQL of its own.', {
      layer: 'store',
      hint: 'Use flotilla telemetry query DEVICE, or store.kind: questdb in fleet.yaml.',
    })
  const { runUserSql } = await import('../telemetry/questdb/user-sql.ts')
  const end = skip + limit
  const answer = await runUserSql(await storeAddress(config), statement, { from: skip, to: end + 1 })
  const more = answer.dataset.length > limit
  return { columns: answer.columns, rows: answer.dataset.slice(0, limit), next: more ? end : null }
}
