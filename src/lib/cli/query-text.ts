import type { QueryResult, QueryRow } from '../fleet/query-telemetry.ts'
import { timeText } from '../ui/age.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { csvLine } from './csv-text.ts'
import { reportedText } from './latest-text.ts'
import { typeableWord } from './shell-word.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

/** Rows as a table; times are local on a screen and ISO 8601 where a program reads. */
export function queryTable({ rows }: QueryResult, terminal: Terminal, now: number): string {
  const { paint, isScreen } = terminal
  const time = ({ at }: QueryRow) => (isScreen ? timeText(Date.parse(at), now) : at)
  const columns: readonly Column<QueryRow>[] = [
    { title: 'time', cell: time, paint: paint.faint },
    { title: 'device', cell: ({ device }) => device, paint: paint.strong, least: 8, unbroken: true },
    { title: 'metric', cell: ({ metric }) => metric, yields: 2, least: 8, unbroken: true },
    ...namesOf(rows).map(
      (name): Column<QueryRow> => ({
        title: name,
        cell: ({ values }) => reportedText(values[name] ?? null),
        align: 'right',
        yields: 1,
        least: 8,
      }),
    ),
  ]
  return tableFor(rows, columns, terminal)
}

/** The same for programs: a head, and numbers with all their digits. */
export function queryCsv({ rows }: QueryResult): string {
  const names = namesOf(rows)
  const body = rows.map(({ at, device, metric, values }) =>
    csvLine([at, device, metric, ...names.map((name) => String(values[name] ?? ''))]),
  )
  return [csvLine(['time', 'device', 'metric', ...names]), ...body].join('\n')
}

/** All rows have the same. */
function namesOf(rows: readonly QueryRow[]): readonly string[] {
  return Object.keys(rows[0]?.values ?? { value: null })
}

export function queryNote({ rows, cut, interval }: QueryResult, limit: number, paint: Paint): string {
  const first = rows[0]
  if (first === undefined) {
    const what = interval === null ? 'Nothing is stored' : 'No number is stored'
    return `${what} of them in this time.\nNext: ${paint.command('flotilla telemetry latest')}`
  }
  const more =
    cut > 0 ? paint.warn(` · ${counted(cut, 'series', 'series')} cut to the newest ${limit}: --limit`) : ''
  const word = typeableWord(first.metric)
  const next =
    word === undefined ? 'flotilla tail' : `flotilla telemetry plot ${first.device} --metric ${word}`
  return `${counted(rows.length, 'row')}${more}\nNext: ${paint.command(next)}`
}
