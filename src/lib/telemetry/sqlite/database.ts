import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UnreachableError, UsageError } from '../../base/errors.ts'
import { PRIVATE_FILE, syncFolder } from '../../base/files.ts'
import { emptied } from './failure.ts'

/** `normal` survives the death of the process, `full` the loss of power too. */
export type Sync = 'normal' | 'full'

/** Of all files of the store. A newer program raises it. */
const VERSION = 1

/**
 * Half a second: only opening and closing can meet a lock, for milliseconds, and SQLite sleeps in the calling thread.
 * By default it would not wait at all.
 */
const TIMEOUT = 500

/** The minute that is written to at a thousand rows a second, in KiB; SQLite's default is an eighth. */
const CACHE = 16_384

/** Where a long read kept the log from being reset, it shrinks to this afterwards. */
const LOG_BYTES = 64 * 1024 * 1024

/**
 * Makes a database whole or not at all: whoever finds the file finds its tables.
 * @param mark which dictionary its numbers belong to
 */
export async function createDatabase(file: string, schema: string, mark: number): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.new`)
  removeDatabase(temporary)
  removeLog(file) // a log that outlived its database would be played into this one
  closeSync(openSync(temporary, 'wx', PRIVATE_FILE))
  const database = new DatabaseSync(temporary)
  try {
    database.exec(`
      PRAGMA page_size = 8192;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      BEGIN;
      PRAGMA application_id = ${mark};
      PRAGMA user_version = ${VERSION};
      ${schema};
      COMMIT`)
  } finally {
    database.close() // the last connection empties the log into the file
  }
  renameSync(temporary, file)
  await syncFolder(path.dirname(file))
}

/** @throws UsageError `PROGRAM_OUTDATED` */
export function openForWriting(file: string, sync: Sync): DatabaseSync {
  const database = open(file, false)
  database.exec(
    `PRAGMA synchronous = ${sync}; PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cache_size = -${CACHE}`,
  )
  return database
}

/** Undefined when there is none, or none any more. @throws UsageError `PROGRAM_OUTDATED` */
export function openForReading(file: string): DatabaseSync | undefined {
  if (!existsSync(file)) return undefined
  try {
    return open(file, true)
  } catch (error) {
    if (!existsSync(file)) return undefined
    throw error
  }
}

function open(file: string, readOnly: boolean): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly, timeout: TIMEOUT })
  try {
    const version = pragma(database, 'user_version')
    if (version > VERSION) throw outdated(file)
    if (version === 0) throw emptied(file)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Which dictionary the numbers in a database belong to. */
export function markOf(database: DatabaseSync): number {
  return pragma(database, 'application_id')
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()![name])
}

/** The log goes first: a process killed in between leaves a database that is older, not one that is broken. */
export function removeDatabase(file: string): void {
  removeLog(file)
  rmSync(file, { force: true })
}

function removeLog(file: string): void {
  for (const part of ['-wal', '-shm']) rmSync(file + part, { force: true })
}

/** Runs `fn` in a transaction; nothing of it remains when it throws. */
export function inTransaction<T>(database: DatabaseSync, fn: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = fn()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function outdated(file: string): UsageError {
  return new UsageError('PROGRAM_OUTDATED', `A newer flotilla has written ${file}.`, {
    hint: 'Update this one.',
    layer: 'store',
  })
}

/** @throws UnreachableError `STORE_FOREIGN` when the numbers in `database` are not those of the dictionary */
export function requireMark(database: DatabaseSync, mark: number, file: string): void {
  if (markOf(database) === mark) return
  throw new UnreachableError('STORE_FOREIGN', `${file} does not belong to the series.db beside it.`, {
    hint: 'Put both back from one backup, or move the file away.',
    layer: 'store',
  })
}
