import { type Column, table } from '../ui/table.ts'
import type { Terminal } from './terminal.ts'

/** What names something is never cut in a pipe: ids and hashes have at most 64 characters. */
const LONGEST = 64

/**
 * A table for this terminal. Where a program reads it no column is left out, and only values are cut that would move
 * all rows apart; `--json` has them whole.
 */
export function tableFor<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, isScreen, columns: width }: Terminal,
): string {
  const room = isScreen ? { width } : { width: Number.POSITIVE_INFINITY, longest: LONGEST }
  return table(rows, columns, { ...room, paintTitle: paint.faint })
}
