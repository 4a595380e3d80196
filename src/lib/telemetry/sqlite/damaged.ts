import { existsSync, readdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import { dayOfFile } from './day.ts'

/** `damaged-20261125T174800123Z-2026-11-25.db`: the moment it was set aside, and what it was. No day is called so. */
const NAME = /^damaged-\d{8}T\d{9}Z-(.+)$/

/**
 * Sets a damaged day aside under a name that says so, its log with it: nothing is deleted, so what is whole of it can be
 * salvaged. The log goes first: a process killed in between leaves a database that is older, and the log beside it.
 * @param now milliseconds since 1970
 * @returns the new file
 */
export function setAside(file: string, now: number): string {
  const moment = new Date(now).toISOString().replaceAll(/[-:.]/g, '')
  const aside = path.join(path.dirname(file), `damaged-${moment}-${path.basename(file)}`)
  for (const part of ['-wal', '-shm', '']) if (existsSync(file + part)) renameSync(file + part, aside + part)
  return aside
}

/** The names of the days that were set aside here, the oldest first. */
export function damagedDays(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => dayOfFile(NAME.exec(name)?.[1] ?? '') !== undefined)
    .toSorted()
}
