import type { SqlResult } from '../fleet/sql-telemetry.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { csvLine } from './csv-text.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

type Row = SqlResult['rows'][number]

const NUMBERS = new Set(['BYTE', 'SHORT', 'INT', 'LONG', 'FLOAT', 'DOUBLE'])

export function sqlTable({ columns, rows }: SqlResult, terminal: Terminal): string {
  const shown = columns.map(
    ({ name, type }, at): Column<Row> => ({
      title: name,
      cell: (row) => cellText(row[at]),
      align: NUMBERS.has(type) ? 'right' : 'left',
      yields: 1,
      least: 8,
    }),
  )
  return tableFor(rows, shown, terminal)
}

export function sqlCsv({ columns, rows }: SqlResult): string {
  const body = rows.map((row) => csvLine(row.map(cellText)))
  return [csvLine(columns.map(({ name }) => name)), ...body].join('\n')
}

export function sqlNote({ rows, next }: SqlResult, paint: Paint): string {
  if (next === null) return counted(rows.length, 'row')
  return `${counted(rows.length, 'row')}, and there are more.\nNext: the same with ${paint.command(`--skip ${next}`)}`
}

function cellText(cell: Row[number] | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell)
}
