/** Rows of one INSERT: 500 × 8 columns stay far below the engines' bounds on parameters (SQLite's is 32 766). */
const ROWS = 500

export function* chunks<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS) yield rows.slice(start, start + ROWS)
}
