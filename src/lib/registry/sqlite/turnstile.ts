import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { PRIVATE_FILE } from '../../base/files.ts'
import { whenFree } from './patience.ts'

/** Whoever wants to write passes here first, so that nobody who writes again and again overtakes those who wait. */
export interface Turnstile extends Disposable {
  /** Begins the writer's transaction when it is its turn. */
  begin(writer: DatabaseSync, patience: number): Promise<void>
}

/**
 * SQLite's write lock has no queue: between two transactions of a busy process there are microseconds, and one that
 * tries again every few milliseconds may miss them until its time is over. So there is a second lock, on an empty
 * database beside the first. It is held from the wish to write until the write lock is there: who waits holds it, and
 * the busy process finds it taken. The system gives both back when a process dies.
 */
export function openTurnstile(file: string): Turnstile {
  const turnFile = `${file}-turn`
  closeSync(openSync(turnFile, 'a', PRIVATE_FILE))
  const turn = new DatabaseSync(turnFile)
  return {
    async begin(writer, patience) {
      const deadline = performance.now() + patience
      await whenFree(() => turn.exec('BEGIN IMMEDIATE'), patience)
      try {
        // IMMEDIATE: a transaction that reads first and writes then would fail at once beside another writer, whatever
        // the time-out, because its snapshot is old.
        await whenFree(() => writer.exec('BEGIN IMMEDIATE'), deadline - performance.now())
      } finally {
        turn.exec('ROLLBACK')
      }
    },
    [Symbol.dispose]: () => turn.close(),
  }
}
