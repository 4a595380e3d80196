import { setTimeout as sleep } from 'node:timers/promises'
import { backoffDelay } from '../../base/retry.ts'

/** How long to wait for another process's transaction, in milliseconds. */
export const PATIENCE = 10_000

/** Short pauses: a transaction takes milliseconds, and between two of a busy process there is little time. */
const PAUSE = { initial: 1, max: 8 } as const

/**
 * Tries until the database is free. SQLite's own busy time-out is 0, because it sleeps in the calling thread: here the
 * event loop goes on in between, and a service that waits for a command still reads its sockets.
 * @throws what `attempt` throws when it is something else or the time is over
 */
export async function whenFree<T>(attempt: () => T, within: number): Promise<T> {
  const deadline = performance.now() + within
  for (let tries = 0; ; tries++) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error
    }
    await sleep(backoffDelay(tries, PAUSE))
  }
}

/** SQLITE_BUSY with all its kinds, and SQLITE_PROTOCOL: two that opened the log at once got into each other's way. */
function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === SQLITE_BUSY || code === SQLITE_PROTOCOL
}

/** SQLite's primary result code, where the error is one of its own. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined
  return error.errcode & 0xff
}

const SQLITE_BUSY = 5
const SQLITE_PROTOCOL = 15
