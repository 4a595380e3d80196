import type { DatabaseSync } from 'node:sqlite'

/** One value of a series. */
export interface Row {
  readonly series: number
  /** Microseconds. */
  readonly at: number
  readonly value: number | null
  readonly text: string | null
}

type Value = number | string | null

/** Rows of one statement: a call for each row costs twice the row. */
const MANY = 100

/**
 * Prepares the insertion of rows.
 * @param into a table and its columns
 * @param conflict what to do where the row is there already
 * @param valuesOf the values of a row's columns, in the order of `into`
 */
export function bulkInsert(
  database: DatabaseSync,
  into: string,
  conflict: string,
  valuesOf: (row: Row) => readonly Value[],
): (rows: readonly Row[]) => void {
  const [columns = ''] = /\(.*\)/.exec(into) ?? []
  const row = columns.replaceAll(/\w+/g, '?')
  const prepare = (count: number) =>
    database.prepare(`INSERT INTO ${into} VALUES ${Array(count).fill(row).join(',')} ${conflict}`)
  const [one, many] = [prepare(1), prepare(MANY)]
  return (rows) => {
    const whole = rows.length - (rows.length % MANY)
    for (let start = 0; start < whole; start += MANY) {
      const values: Value[] = []
      for (let index = start; index < start + MANY; index++) values.push(...valuesOf(rows[index]!))
      many.run(...values)
    }
    for (let index = whole; index < rows.length; index++) one.run(...valuesOf(rows[index]!))
  }
}
