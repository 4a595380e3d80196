import { printable } from '../base/printable.ts'
import { type ColumnNeed, columnWidths } from './column-widths.ts'
import { displayWidth, pad, shorten } from './width.ts'

export interface Column<Row> extends Pick<ColumnNeed, 'yields' | 'least' | 'drop'> {
  readonly title: string
  /** Plain text from anywhere: what could steer a terminal is made visible here. */
  readonly cell: (row: Row) => string
  /** Colours the finished cell; it must not change what is read. */
  readonly paint?: (text: string, row: Row) => string
  readonly align?: 'left' | 'right'
  /** Our own words: `longest` does not cut them. */
  readonly whole?: true
}

export interface TableOptions {
  /** Columns of the terminal; Infinity where nobody's lines can wrap. */
  readonly width: number
  /** A cell that needs more is cut, so that one of them does not move all rows apart; behind the last column none is. */
  readonly longest?: number
  readonly paintTitle?: (text: string) => string
  readonly unicode?: boolean
}

const GAP = 2

/** Rows as aligned lines under their titles, no line wider than asked for; columns in which no row has anything are left out. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string {
  const { longest = Number.POSITIVE_INFINITY } = options
  const titles = columns.map(({ title }) => printable(title))
  const cells = columns.map(({ cell }) => rows.map((row) => printable(cell(row))))
  const needs = columns.map(({ yields, least, drop, align, whole }, index) => {
    const widest = cells[index]!.reduce((most, text) => Math.max(most, displayWidth(text)), 0)
    const isLast = index === columns.length - 1 && align !== 'right'
    const wanted = isLast || whole ? widest : Math.min(widest, longest)
    const natural = Math.max(wanted, displayWidth(titles[index]!))
    return { natural, yields, least, drop, empty: widest === 0 }
  })
  const shown = columns.map((_, index) => index).filter((index) => rows.length === 0 || !needs[index]!.empty)
  const widths = columnWidths(
    shown.map((index) => needs[index]!),
    options.width,
    GAP,
  )
  const laidOut = shown
    .map((index, place) => ({
      column: columns[index]!,
      title: titles[index]!,
      texts: cells[index]!,
      width: widths[place]!,
    }))
    .filter(({ width }) => width > 0)

  const line = (
    text: (at: (typeof laidOut)[number]) => string,
    paint: (text: string, at: number) => string,
  ) =>
    laidOut
      .map((at, place) => {
        const align = at.column.align ?? 'left'
        const last = place === laidOut.length - 1
        const short = shorten(text(at), at.width, options.unicode)
        return paint(last && align === 'left' ? short : pad(short, at.width, align), place)
      })
      .join(' '.repeat(GAP))

  const paintTitle = options.paintTitle ?? ((text: string) => text)
  const head = line(({ title }) => title, paintTitle)
  const body = rows.map((row, index) =>
    line(
      ({ texts }) => texts[index]!,
      (text, place) => laidOut[place]!.column.paint?.(text, row) ?? text,
    ),
  )
  return [head, ...body].map(trimEnd).join('\n')
}

/** No blanks at the end of a line: they are selected with it. */
function trimEnd(line: string): string {
  return line.replace(/ +$/, '')
}
