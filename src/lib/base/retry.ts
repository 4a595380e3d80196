import { setTimeout as sleep } from 'node:timers/promises'

export interface Backoff {
  /** First pause, in milliseconds. */
  readonly initial: number
  /** No pause is longer, in milliseconds. */
  readonly max: number
}

/**
 * The pause before attempt `attempt` (0-based): exponential with full jitter, so that ten thousand devices that lost
 * the same broker do not come back in the same second.
 */
export function backoffDelay(
  attempt: number,
  { initial, max }: Backoff,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(max, initial * 2 ** Math.min(attempt, 30))
  return Math.round(ceiling / 2 + (random() * ceiling) / 2)
}

export interface PollOptions {
  /** Give up after this many milliseconds. */
  readonly within: number
  readonly every?: number
  readonly signal?: AbortSignal | undefined
}

/** Asks again until `ask` gives something other than undefined; undefined when the time is over. */
export async function poll<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  { within, every = 50, signal }: PollOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + within
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    const left = deadline - performance.now()
    if (left <= 0) return undefined
    await sleep(Math.min(every, left), undefined, { signal })
  }
}
