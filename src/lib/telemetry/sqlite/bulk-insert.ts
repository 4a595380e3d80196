import type { DatabaseSync } from 'node:sqlite'

/** One value of a series. */
export interface Row {
  readonly series: number
  /** Microseconds. */
  readonly at: number
  readonly value: number | null
  readonly text: string | null
}

/** Rows of one statement: a call for each row costs twice the row. */
const MANY = 100

/**
 * Prepares the insertion of rows.
 * @param into a table and its columns for moment, series, value and text, in this order
 * @param conflict what to do where the row is there already
 */
export function bulkInsert(
  database: DatabaseSync,
  into: string,
  conflict: string,
): (rows: readonly Row[]) => void {
  const prepare = (count: number) =>
    database.prepare(`INSERT INTO ${into} VALUES ${Array(count).fill('(?,?,?,?)').join(',')} ${conflict}`)
  const [one, many] = [prepare(1), prepare(MANY)]
  return (rows) => {
    const whole = rows.length - (rows.length % MANY)
    for (let start = 0; start < whole; start += MANY) {
      const values: (number | string | null)[] = []
      for (let index = start; index < start + MANY; index++) {
        const { at, series, value, text } = rows[index]!
        values.push(at, series, value, text)
      }
      many.run(...values)
    }
    for (let index = whole; index < rows.length; index++) {
      const { at, series, value, text } = rows[index]!
      one.run(at, series, value, text)
    }
  }
}
