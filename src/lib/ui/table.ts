import type { ColumnNeed } from './column-widths.ts'
import { GAP, type LaidOut, tableLayout } from './table-layout.ts'
import { displayWidth, pad, shorten } from './width.ts'
import { wrapWords } from './wrap-words.ts'

export interface Column<Row> extends Pick<ColumnNeed, 'yields' | 'least' | 'drop'> {
  readonly title: string
  /** Plain text from anywhere: what could steer a terminal is made visible here. */
  readonly cell: (row: Row) => string
  /** Colours the finished cell; it must not change what is read. */
  readonly paint?: (text: string, row: Row) => string
  readonly align?: 'left' | 'right'
  /** Our own words: `longest` does not cut them. */
  readonly whole?: true
  /** What is copied, an id or a fingerprint: without room in its column it stands whole on a line of its own. */
  readonly unbroken?: true
  /** Words, which go on below each other rather than to be cut. */
  readonly wraps?: true
}

export interface TableOptions {
  /** Columns of the terminal; Infinity where nobody's lines can wrap. */
  readonly width: number
  /** A cell that needs more is cut, so that one of them does not move all rows apart; behind the last column none is. */
  readonly longest?: number
  readonly paintTitle?: (text: string) => string
  readonly unicode?: boolean
}

type Paint = (text: string) => string

/**
 * Rows as aligned lines under their titles; columns in which no row has anything are left out. No line is wider than
 * asked for, but one on which a name stands alone that is.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string {
  const laidOut = tableLayout(rows, columns, options)
  const { paintTitle = (text) => text } = options
  const head = laidOut.map(({ title, width }) => shorten(title, width, options.unicode))
  const body = rows.flatMap((row, index) => rowLines(laidOut, row, index, options))
  return [joined(laidOut, head, () => paintTitle), ...body].map(trimEnd).join('\n')
}

/** The line of a row, and those of what had no room in it: the name that the row begins with above, all else below. */
function rowLines<Row>(
  laidOut: readonly LaidOut<Row>[],
  row: Row,
  index: number,
  options: TableOptions,
): readonly string[] {
  const paintOf =
    ({ column }: LaidOut<Row>): Paint =>
    (text) =>
      column.paint?.(text, row) ?? text
  const hasRoom = ({ column, texts, width }: LaidOut<Row>) =>
    !column.unbroken || displayWidth(texts[index]!) <= width
  const cells = laidOut.map((at) => (hasRoom(at) ? cellLines(at, at.texts[index]!, options) : ['']))
  const height = Math.max(...cells.map(({ length }) => length))
  const lines = Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''))
    .filter((texts) => texts.some((text) => text !== ''))
    .map((texts) => joined(laidOut, texts, paintOf))
  const alone = laidOut.filter((at) => !hasRoom(at)).map((at) => ({ at, text: at.texts[index]! }))
  const above = alone.filter(({ at }) => at.start === 0).map(({ at, text }) => paintOf(at)(text))
  const below = alone
    .filter(({ at }) => at.start > 0)
    .map(({ at, text }) => indented(paintOf(at)(text), at.start, options.width))
  return [...above, ...lines, ...below]
}

function cellLines<Row>(
  { column, width }: LaidOut<Row>,
  text: string,
  { unicode }: TableOptions,
): readonly string[] {
  const lines = column.wraps && displayWidth(text) > width ? wrapWords(text, width, 0).split('\n') : [text]
  return lines.map((line) => shorten(line, width, unicode))
}

/** Under its title, or as far in as it has room. */
function indented(text: string, start: number, width: number): string {
  return ' '.repeat(Math.max(0, Math.min(start, width - displayWidth(text)))) + text
}

function joined<Row>(
  laidOut: readonly LaidOut<Row>[],
  texts: readonly string[],
  paintOf: (at: LaidOut<Row>) => Paint,
): string {
  return laidOut
    .map((at, place) => {
      const align = at.column.align ?? 'left'
      const isLast = place === laidOut.length - 1
      const text = texts[place]!
      return paintOf(at)(isLast && align === 'left' ? text : pad(text, at.width, align))
    })
    .join(' '.repeat(GAP))
}

/** No blanks at the end of a line: they are selected with it. */
function trimEnd(line: string): string {
  return line.replace(/ +$/, '')
}
