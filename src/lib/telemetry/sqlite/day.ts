import path from 'node:path'

import { DAY, dayOf } from '../day.ts'

/** Each day has a file of its own: `2026-11-25.db`. */
const NAME = /^(\d{4}-\d\d-\d\d)\.db$/

export function dayFile(folder: string, day: number): string {
  return path.join(folder, `${new Date((day * DAY) / 1000).toISOString().slice(0, 10)}.db`)
}

/** The inverse of {@link dayFile}; undefined for every other file. */
export function dayOfFile(name: string): number | undefined {
  const date = NAME.exec(name)?.[1]
  if (date === undefined) return undefined
  const milliseconds = Date.parse(date)
  return Number.isNaN(milliseconds) ? undefined : dayOf(milliseconds * 1000)
}
