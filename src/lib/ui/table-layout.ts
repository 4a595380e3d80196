import { printable } from '../base/printable.ts'
import { type ColumnNeed, columnWidths } from './column-widths.ts'
import type { Column, TableOptions } from './table.ts'
import { displayWidth, shortenMiddle } from './width.ts'

/** Of what names something: ids and hashes have at most so many characters; what claims to be a name may have more. */
export const LONGEST_NAME = 64
/** Blanks between columns. */
export const GAP = 2

/** A column that is shown: its texts, row by row, and where it stands. */
export interface LaidOut<Row> {
  readonly column: Column<Row>
  readonly title: string
  readonly texts: readonly string[]
  readonly width: number
  /** How many columns of the terminal are before it. */
  readonly start: number
}

interface Measured<Row> extends Omit<LaidOut<Row>, 'width' | 'start'> {
  readonly need: ColumnNeed
}

/** Which columns there is room for, and how wide each is. */
export function tableLayout<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): readonly LaidOut<Row>[] {
  const measured = columns
    .map((column, index) => measure(rows, column, index === columns.length - 1, options))
    .filter(({ texts }) => rows.length === 0 || texts.some((text) => text !== ''))
  const widths = widthsOf(measured, options.width)
  let start = 0
  return measured.flatMap(({ need: _, ...column }, index) => {
    const width = widths[index]!
    if (width === 0) return []
    const place = { ...column, width, start }
    start += width + GAP
    return [place]
  })
}

function measure<Row>(
  rows: readonly Row[],
  column: Column<Row>,
  isLast: boolean,
  { longest = Number.POSITIVE_INFINITY, unicode }: TableOptions,
): Measured<Row> {
  const { yields, drop, align, whole, unbroken } = column
  const title = printable(column.title)
  const least = column.least ?? (unbroken && !drop ? displayWidth(title) : undefined)
  const texts = rows.map((row) => {
    const text = printable(column.cell(row))
    return unbroken ? shortenMiddle(text, LONGEST_NAME, unicode) : text
  })
  const widest = texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0)
  const isFree = whole || unbroken || (isLast && align !== 'right')
  const natural = Math.max(isFree ? widest : Math.min(widest, longest), displayWidth(title))
  return { column, title, texts, need: { natural, yields, least, drop } }
}

/**
 * Where not all fits, names that need more than half of the table do not push the others out: they stand on lines of
 * their own, and their column is as wide as the widest of the rest.
 */
function widthsOf<Row>(measured: readonly Measured<Row>[], width: number): readonly number[] {
  const needs = measured.map(({ column, need }) =>
    column.unbroken && !need.drop
      ? { ...need, natural: Math.min(need.natural, Math.floor(width / 2)) }
      : need,
  )
  const first = columnWidths(needs, width, GAP)
  const shown = first.filter((one) => one > 0)
  const spare = width - shown.reduce((sum, one) => sum + one + GAP, -GAP)
  const fitted = measured.map(({ column, need, title, texts }, index) => {
    const room = first[index]! + spare
    if (!column.unbroken || need.drop || need.natural <= room) return need
    const fitting = texts.map(displayWidth).filter((size) => size <= room)
    return { ...need, natural: Math.max(displayWidth(title), ...fitting) }
  })
  return columnWidths(fitted, width, GAP)
}
