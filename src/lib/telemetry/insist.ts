import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../base/errors.ts'
import { type Backoff, backoffDelay } from '../base/retry.ts'
import type { Part, Trouble } from './trouble.ts'

export interface Persistence {
  readonly backoff: Backoff
  readonly trouble: Trouble
  /** When it fires in between, a step is tried once more. */
  readonly signal: AbortSignal
}

/**
 * Does a step until it succeeds; false when the end came first. Every failure is taken for one that passes: an unknown
 * one that was given up would lose what can be stored tomorrow.
 * @param step told whether it was tried before: then it may have been done although it failed
 */
export async function insist(
  part: Part,
  { backoff, trouble, signal }: Persistence,
  step: (again: boolean) => Promise<unknown>,
): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    if (await attemptOf(part, trouble, () => step(attempt > 0))) return true
    if (signal.aborted) return false
    await sleep(backoffDelay(attempt, backoff), undefined, { signal }).catch(() => {})
  }
}

/** Does a step once; whether it succeeded. */
export async function attemptOf(
  part: Part,
  trouble: Trouble,
  step: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await step()
    trouble.tell(part, undefined)
    return true
  } catch (error) {
    trouble.tell(part, messageOf(error))
    return false
  }
}

/** Milliseconds that the end leaves to a step that hangs. */
const GRACE = 1000

/** The promise's result, or a failure soon after the signal: what hangs must not hold up the end. */
export async function endingSoon<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const end = (): void => {
    timer = setTimeout(() => ended.reject(new Error('It had not answered when the service ended.')), GRACE)
  }
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([promise, ended.promise])
  } finally {
    signal.removeEventListener('abort', end)
    clearTimeout(timer)
  }
}
