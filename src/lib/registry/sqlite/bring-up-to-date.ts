import { chmod, mkdir, open, stat } from 'node:fs/promises'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { UnreachableError } from '../../base/errors.ts'
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../base/files.ts'
import { judgeHeader } from './database-kind.ts'
import { databaseFailure } from './failure.ts'
import { readHeader } from './header.ts'
import { type DatabaseFile, openDatabase, writerOf } from './open.ts'
import { PATIENCE, whenFree } from './patience.ts'

/** Versions of a file before and after; the same: it was current, from 0: it was made. */
export interface VersionChange {
  readonly from: number
  readonly to: number
}

/**
 * Makes the file, if there is none, and brings it to this program's version.
 * @throws UsageError `…_FOREIGN`, `PROGRAM_OUTDATED` · UnreachableError `…_FULL`, `…_BUSY` · RefusedError `…_DENIED`
 */
export async function bringUpToDate(at: DatabaseFile): Promise<VersionChange> {
  const { kind, patience = PATIENCE } = at
  await makeFile(at)
  const from = await versionOf(at)
  const to = kind.migrations.length
  if (from === to) return { from, to }
  // kysely's migrator is loaded only by who needs it.
  const { migrate } = await import('./migrate.ts')
  await migrate(
    kind,
    writerOf(at, (connection) => useWriteAheadLog(connection, patience)),
  )
  return { from, to }
}

/** 0: it is empty. @throws as {@link judgeHeader} */
async function versionOf(at: DatabaseFile): Promise<number> {
  const { kind, file, patience = PATIENCE } = at
  let version = 0
  const judge = async (database: DatabaseSync): Promise<void> => {
    const header = await whenFree(() => readHeader(database, 'main'), patience)
    judgeHeader(kind, header, file)
    version = header.empty ? 0 : header.version
  }
  const database = await openDatabase(at, judge)
  database.close()
  return version
}

/** SQLite gives its `-wal` and `-shm` the mode that the database has. */
async function makeFile({ kind, file }: DatabaseFile): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: PRIVATE_FOLDER })
    const made = await open(file, 'a', PRIVATE_FILE)
    await made.close()
    if (((await stat(file)).mode & 0o777) !== PRIVATE_FILE) await chmod(file, PRIVATE_FILE)
  } catch (error) {
    throw databaseFailure(error, kind, file)
  }
}

/**
 * The write-ahead log lets readers and one writer work side by side. It is a property of the file, set once.
 * @throws UnreachableError when the file system has no shared memory, as network file systems have not
 */
async function useWriteAheadLog(database: DatabaseSync, patience: number): Promise<void> {
  const mode = await whenFree(() => database.prepare('PRAGMA journal_mode = WAL').get(), patience)
  if (mode?.['journal_mode'] !== 'wal') throw noSharedMemory()
}

function noSharedMemory(): UnreachableError {
  return new UnreachableError(
    'REGISTRY_FILE_SYSTEM',
    'The file system of the fleet directory has no memory that processes could share.',
    { hint: 'Put the fleet directory on a local disk.', layer: 'registry' },
  )
}
