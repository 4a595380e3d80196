import { type Column, table } from '../ui/table.ts'
import type { Terminal } from './terminal.ts'

/** A table for this terminal. Nothing is cut or left out where a program reads it. */
export function tableFor<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { paint, isScreen, columns: width }: Terminal,
): string {
  return table(rows, columns, { width: isScreen ? width : Number.POSITIVE_INFINITY, paintTitle: paint.faint })
}
