/** What a column needs and how far it gives way. */
export interface ColumnNeed {
  /** What its widest cell and its title need. */
  readonly natural: number
  /** When it gives way: the highest first. Default 0. */
  readonly yields?: number | undefined
  /** It may be cut down to this; undefined: it is not cut while anything else can give way. */
  readonly least?: number | undefined
  /** It may be left out when cutting is not enough. */
  readonly drop?: boolean | undefined
}

/** A column narrower than this says nothing. */
const READABLE = 4

/**
 * The width of each column in a table of `width`, with `gap` between columns; 0: left out. Columns give way level by
 * level: those of a level are cut, the widest first, then left out where they may be. What still is too wide is cut
 * whatever it is; where that would leave columns that nobody can read, the last ones go.
 */
export function columnWidths(needs: readonly ColumnNeed[], width: number, gap: number): readonly number[] {
  const widths = needs.map(({ natural }) => natural)
  const excess = () => {
    const shown = widths.filter((one) => one > 0)
    return sum(shown) + gap * Math.max(0, shown.length - 1) - width
  }
  const levels = [...new Set(needs.map(({ yields = 0 }) => yields))].toSorted((a, b) => b - a)
  for (const level of levels) {
    const least = needs.map(({ yields = 0, least }, index) =>
      yields === level && least !== undefined ? least : widths[index]!,
    )
    cut(widths, least, excess())
    for (const [index, { yields = 0, drop }] of needs.entries()) {
      if (yields === level && drop && excess() > 0) widths[index] = 0
    }
  }
  const readable = () => sum(widths.map((width) => Math.min(width, READABLE)))
  const gaps = () => gap * (widths.filter((one) => one > 0).length - 1)
  while (gaps() > 0 && readable() + gaps() > width) widths[widths.findLastIndex((one) => one > 0)] = 0
  cut(
    widths,
    needs.map(() => 1),
    excess(),
  )
  return widths
}

/** Takes `excess` away from the widest that are above their least. */
function cut(widths: number[], least: readonly number[], excess: number): void {
  for (let left = excess; left > 0; left--) {
    const widest = widestAbove(widths, least)
    if (widest === undefined) return
    widths[widest]!--
  }
}

function widestAbove(widths: readonly number[], least: readonly number[]): number | undefined {
  let widest: number | undefined
  for (const [index, width] of widths.entries()) {
    if (width > least[index]! && (widest === undefined || width > widths[widest]!)) widest = index
  }
  return widest
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
