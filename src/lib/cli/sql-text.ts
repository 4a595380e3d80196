import type { SqlCell, SqlColumn, SqlPage } from '../fleet/sql-telemetry.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { csvLine } from './csv-text.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

type Row = SqlPage['rows'][number]
type Rows = Pick<SqlPage, 'columns' | 'rows'>

const NUMBERS = new Set(['BYTE', 'SHORT', 'INT', 'LONG', 'FLOAT', 'DOUBLE'])

export function sqlTable({ columns, rows }: Rows, terminal: Terminal): string {
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

export function sqlCsvHead(columns: readonly SqlColumn[]): string {
  return csvLine(columns.map(({ name }) => name))
}

export function sqlCsv(rows: SqlPage['rows']): string {
  return rows.map((row) => csvLine(row.map(cellText))).join('\n')
}

/** An object a line; a server gives no two columns of an answer the same name. */
export function sqlJson({ columns, rows }: Rows): string {
  const object = (row: Row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]))
  return rows.map((row) => JSON.stringify(object(row))).join('\n')
}

/** What was shown of an answer. */
export interface SqlShown {
  readonly rows: number
  /** How many rows to skip for the next ones; null: there are none. */
  readonly next: number | null
}

export function sqlNote({ rows, next }: SqlShown, paint: Paint): string {
  if (next === null) return counted(rows, 'row')
  const more = `${counted(rows, 'row')}, ${paint.warn('and there are more')}`
  const ways = `At once: ${paint.command('--limit N')}, all in a pipe: ${paint.command('--csv')} or ${paint.command('--json')}.`
  return `${more}. ${ways}\nNext: the same with ${paint.command(`--skip ${next}`)}`
}

function cellText(cell: SqlCell | undefined): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}
