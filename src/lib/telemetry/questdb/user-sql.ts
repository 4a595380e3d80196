import { UsageError } from '../../base/errors.ts'
import { readsOnly } from './reads-only.ts'
import { type Answer, type Cell, type QuestdbAddress, QuestdbServer } from './server.ts'

/**
 * Runs a user's statement as it is; rows [from, to) of its answer.
 * @throws UsageError `SQL_WRITES`, `STORE_QUERY` · UnreachableError `STORE_…` · RefusedError `STORE_REFUSED`
 */
export async function runUserSql(
  address: QuestdbAddress,
  statement: string,
  rows: { readonly from: number; readonly to: number },
): Promise<Answer> {
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
  const { columns, dataset } = await server.query(statement, rows)
  const long = columns.map(({ type }) => type === 'LONG')
  return { columns, dataset: dataset.map((row) => row.map((cell, at) => (long[at] ? whole(cell) : cell))) }
}

/** A number where it is one without loss. */
function whole(cell: Cell): Cell {
  return typeof cell === 'string' && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell
}
