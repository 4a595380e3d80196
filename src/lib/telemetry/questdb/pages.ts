import type { Measurement } from '../measurement.ts'
import { type Span, within } from './condition.ts'
import { rowOf } from './rows.ts'
import type { QuestdbServer } from './server.ts'

/** Rows of one answer. */
const PAGE = 100_000

export interface PageQuery extends Span {
  readonly table: string
  readonly condition: string
  /** The newest first. */
  readonly descending: boolean
  /** Rows of a page; for tests. */
  readonly page?: number
}

/**
 * The rows of a span in the order of time, a page at a time. A page ends between two moments and the next begins
 * there, so that rows which come meanwhile shift nothing, as an offset would.
 */
export async function* pages(
  server: QuestdbServer,
  query: PageQuery,
): AsyncGenerator<readonly Measurement[]> {
  const { table, condition, descending, page = PAGE } = query
  let { from, to } = query
  let size = page
  while (from < to) {
    const { dataset } = await server.query(
      `SELECT device, metric, ts::long, value, text FROM ${table} WHERE ${within({ from, to })} AND ${condition}
       ORDER BY ts ${descending ? 'DESC' : 'ASC'} LIMIT ${size}`,
    )
    const rows = dataset.map(rowOf)
    if (rows.length < size) {
      yield rows
      return
    }
    const last = rows.at(-1)!.at
    const whole = rows.findLastIndex(({ at }) => at !== last) + 1
    if (whole === 0) {
      size *= 2 // one moment fills the page
      continue
    }
    yield rows.slice(0, whole)
    if (descending) to = last + 1
    else from = last
    size = page
  }
}
