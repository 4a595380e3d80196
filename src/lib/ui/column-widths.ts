/** What a column needs and how far it gives way. */
export interface ColumnNeed {
  /** What its widest cell and its title need. */
  readonly natural: number
  /** It may be cut down to this; undefined: it is not cut while another can be. */
  readonly least?: number | undefined
  /** It may be left out; the highest goes first. undefined: it stays. */
  readonly drop?: number | undefined
}

/**
 * The width of each column in a table of `width`, with `gap` between columns; 0: left out. First the widest of the
 * columns that may be cut are cut, then columns are left out, and what still is too wide is cut whatever it is.
 */
export function columnWidths(needs: readonly ColumnNeed[], width: number, gap: number): readonly number[] {
  const shown = needs.map((_, index) => index)
  for (;;) {
    const room = width - gap * (shown.length - 1)
    const widths = shrink(
      shown.map((index) => needs[index]!),
      room,
      ({ natural, least }) => Math.min(natural, least ?? natural),
    )
    const dropped = sum(widths) > room ? nextToDrop(needs, shown) : undefined
    if (dropped !== undefined) shown.splice(shown.indexOf(dropped), 1)
    else return spread(needs.length, shown, forced(widths, room))
  }
}

function shrink(
  needs: readonly ColumnNeed[],
  room: number,
  leastOf: (need: ColumnNeed) => number,
): readonly number[] {
  const least = needs.map(leastOf)
  const widths = needs.map(({ natural }) => natural)
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const widest = widestAbove(widths, least)
    if (widest === undefined) break
    widths[widest]!--
  }
  return widths
}

function forced(widths: readonly number[], room: number): readonly number[] {
  return shrink(
    widths.map((natural) => ({ natural })),
    room,
    () => 1,
  )
}

function widestAbove(widths: readonly number[], least: readonly number[]): number | undefined {
  let widest: number | undefined
  for (const [index, width] of widths.entries()) {
    if (width > least[index]! && (widest === undefined || width > widths[widest]!)) widest = index
  }
  return widest
}

function nextToDrop(needs: readonly ColumnNeed[], shown: readonly number[]): number | undefined {
  const candidates = shown.filter((index) => needs[index]!.drop !== undefined)
  return candidates.toSorted((a, b) => needs[b]!.drop! - needs[a]!.drop!)[0]
}

function spread(columns: number, shown: readonly number[], widths: readonly number[]): readonly number[] {
  const all = Array.from({ length: columns }, () => 0)
  for (const [place, index] of shown.entries()) all[index] = widths[place]!
  return all
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
