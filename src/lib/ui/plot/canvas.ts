/** What a plot is drawn on: dots, several to a character where the terminal can show that. */
export interface Canvas {
  /** Dots across and down. */
  readonly across: number
  readonly down: number
  /** Sets a dot for the n-th series; in one character the last series wins. */
  set(x: number, y: number, series: number): void
  /** The character at a place and whose it is; undefined where nothing was drawn. */
  at(column: number, row: number): { readonly character: string; readonly series: number } | undefined
}

/** Bits of the eight dots of U+2800…U+28FF, by row and column (Unicode 15, Braille Patterns). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** 2 × 4 dots in a character. Which series is which only colour can tell. */
export function brailleCanvas(columns: number, rows: number): Canvas {
  const bits = new Uint8Array(columns * rows)
  const owner = new Uint8Array(columns * rows)
  return {
    across: columns * 2,
    down: rows * 4,
    set(x, y, series) {
      const place = (y >> 2) * columns + (x >> 1)
      bits[place]! |= DOTS[y & 3]![x & 1]!
      owner[place] = series
    },
    at(column, row) {
      const place = row * columns + column
      if (bits[place] === 0) return undefined
      return { character: String.fromCharCode(0x2800 + bits[place]!), series: owner[place]! }
    },
  }
}

/** One mark in a character, another for each series: for ASCII, and where there is no colour. */
export function markCanvas(columns: number, rows: number, marks: readonly string[]): Canvas {
  const owner = new Uint8Array(columns * rows)
  return {
    across: columns,
    down: rows,
    set(x, y, series) {
      owner[y * columns + x] = series + 1
    },
    at(column, row) {
      const series = owner[row * columns + column]! - 1
      return series < 0 ? undefined : { character: marks[series % marks.length]!, series }
    },
  }
}
