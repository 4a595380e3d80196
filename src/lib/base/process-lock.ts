import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, UnreachableError } from './errors.ts'
import { writeObstacle } from './files.ts'

/** Held until disposed or until the process dies: the system gives it back, so `kill -9` leaves no stale lock. */
export type ProcessLock = Disposable

export interface LockOptions {
  /** What the lock is for, as it stands in the message: `flotilla up`. */
  readonly what: string
  /** How long to wait for the holder, in milliseconds; 0: not at all. */
  readonly wait?: number
}

/** A look at a lock may be in the way of who takes it: for no longer than this, in milliseconds. */
const LOOK = 200

/** Whether a process of this machine holds the lock; nothing is taken. */
export function isLockHeld(file: string): boolean {
  if (!existsSync(file)) return false
  try {
    using database = new DatabaseSync(file, { readOnly: true, timeout: 0 })
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    return isHeldByOther(error)
  }
}

/**
 * Takes the lock that the file stands for. SQLite's exclusive file lock is used because Node has no other that every
 * system releases by itself when its holder dies.
 * @throws UnreachableError `LOCKED` when another process holds it · what the system says when the file may not be made
 */
export async function takeLock(file: string, { what, wait = 0 }: LockOptions): Promise<ProcessLock> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const deadline = performance.now() + Math.max(wait, LOOK)
  for (;;) {
    const database = openFile(file)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      return { [Symbol.dispose]: () => database.close() }
    } catch (error) {
      database.close()
      if (!isHeldByOther(error)) throw writeObstacle(file) ?? error
      if (performance.now() >= deadline) throw alreadyHeld(what, file)
    }
    await sleep(50)
  }
}

function isHeldByOther(error: unknown): boolean {
  return /locked|busy/i.test(messageOf(error))
}

/** SQLite only says that it could not; the system says why. */
function openFile(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0 })
  } catch (error) {
    throw writeObstacle(file) ?? error
  }
}

function alreadyHeld(what: string, file: string): UnreachableError {
  return new UnreachableError('LOCKED', `${what} is at work already in this fleet directory.`, {
    hint: `Wait for it or stop it. Its lock is ${file}; it goes away with the process.`,
  })
}
