import { UsageError } from '../../base/errors.ts'
import type { AnswerPage, AnyCell } from './answer-pages.ts'
import { readsOnly } from './reads-only.ts'
import { type QuestdbAddress, QuestdbServer } from './server.ts'

/**
 * Runs a user's statement as it is; rows [from, to) of its answer, a page at a time.
 * @throws UsageError `SQL_WRITES`, `STORE_QUERY` · UnreachableError `STORE_…` · RefusedError `STORE_REFUSED`
 */
export async function* userSqlPages(
  address: QuestdbAddress,
  statement: string,
  rows: { readonly from: number; readonly to: number },
): AsyncGenerator<AnswerPage> {
  if (!readsOnly(statement))
    throw new UsageError(
      'SQL_WRITES',
      'Only one statement that reads is run here: SELECT, WITH, SHOW or EXPLAIN.',
      {
        layer: 'store',
        hint: "Change data and tables in QuestDB's own console.",
      },
    )
  await using server = new QuestdbServer(address)
  for await (const { columns, dataset } of server.pages(statement, rows)) {
    const long = columns.map(({ type }) => type === 'LONG')
    yield { columns, dataset: dataset.map((row) => row.map((cell, at) => (long[at] ? whole(cell) : cell))) }
  }
}

/** A number where it is one without loss. */
function whole(cell: AnyCell): AnyCell {
  return typeof cell === 'string' && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell
}
