import { type Column, table } from '../ui/table.ts'
import { LONGEST_NAME } from '../ui/table-layout.ts'
import type { Terminal } from './terminal.ts'

/**
 * A table for this terminal. Where a program reads it no column is left out, and only values are cut that would move
 * all rows apart; `--json` has them whole.
 */
export function tableFor<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, isScreen, columns: width }: Terminal,
): string {
  const room = isScreen ? { width } : { width: Number.POSITIVE_INFINITY, longest: LONGEST_NAME }
  return table(rows, columns, { ...room, paintTitle: paint.faint })
}
