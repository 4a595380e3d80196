import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isPresent } from '../../base/files.ts'
import { damagedOf } from './damaged.ts'
import { type DatabaseKind, judgeHeader, missing, outdated } from './database-kind.ts'
import type { SqliteDialectConfig } from './dialect.ts'
import { databaseFailure, isDamage } from './failure.ts'
import { readHeader } from './header.ts'
import { PATIENCE, whenFree } from './patience.ts'
import { openTurnstile, type Turnstile } from './turnstile.ts'

/** A database and where it is. */
export interface DatabaseFile {
  readonly kind: DatabaseKind
  readonly file: string
  /** How long to wait for other processes' transactions, in milliseconds. */
  readonly patience?: number | undefined
}

type Configure = (database: DatabaseSync) => void | Promise<void>

/** A connection for transactions; opened when the first one comes. */
export function writerOf(at: DatabaseFile, configure: Configure = () => {}): SqliteDialectConfig {
  return connectionOf(at, async () => {
    let turnstile: Turnstile | undefined
    const database = await openDatabase(at, async (writer) => {
      await configure(writer)
      // It reads the schema, so somebody can be in the way.
      const synchronous = `PRAGMA synchronous = ${at.kind.synchronous}`
      await whenFree(() => writer.exec(synchronous), at.patience ?? PATIENCE)
      turnstile = openTurnstile(at.file)
    })
    return { database, turnstile }
  })
}

/**
 * A connection that only reads, so that nobody sees what a transaction of ours has not committed. What stands in
 * `attached` is joined under its kind's name.
 */
export function readerOf(at: DatabaseFile, attached: readonly DatabaseFile[] = []): SqliteDialectConfig {
  const open = async () => {
    const database = await openDatabase(at, async (reader) => {
      await requireCurrent(at, reader, 'main')
      for (const other of attached) await attach(reader, other)
      reader.exec('PRAGMA query_only = ON')
    })
    return { database }
  }
  return connectionOf(at, open, (error) => (isDamage(error) ? damagedOf(at, attached) : at))
}

/** @param failing the file that an error of SQLite is about */
function connectionOf(
  at: DatabaseFile,
  open: SqliteDialectConfig['open'],
  failing: (error: unknown) => DatabaseFile = () => at,
): SqliteDialectConfig {
  const failure = (error: unknown): unknown => {
    const { kind, file } = failing(error)
    return databaseFailure(error, kind, file)
  }
  return { open, patience: at.patience ?? PATIENCE, failure }
}

/** @throws NotFoundError `…_MISSING` · RefusedError `…_DENIED`, `…_READ_ONLY` · what the configuration throws, with the connection closed */
export async function openDatabase(at: DatabaseFile, configure: Configure): Promise<DatabaseSync> {
  const { kind, file } = at
  try {
    requireFile(at)
    const database = new DatabaseSync(file)
    try {
      await configure(database)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    throw databaseFailure(error, kind, file)
  }
}

/** SQLite would make an empty one. */
function requireFile({ kind, file }: DatabaseFile): void {
  if (!isPresent(file)) throw missing(kind, file)
}

async function attach(database: DatabaseSync, at: DatabaseFile): Promise<void> {
  const { kind, file, patience = PATIENCE } = at
  requireFile(at)
  try {
    const statement = database.prepare(`ATTACH DATABASE ? AS ${kind.name}`)
    await whenFree(() => statement.run(path.resolve(file)), patience)
    await requireCurrent(at, database, kind.name)
  } catch (error) {
    throw databaseFailure(error, kind, file)
  }
}

async function requireCurrent(at: DatabaseFile, database: DatabaseSync, schema: string): Promise<void> {
  const { kind, file, patience = PATIENCE } = at
  const header = await whenFree(() => readHeader(database, schema), patience)
  if (judgeHeader(kind, header, file) === 'outdated') throw outdated(kind, file)
}
