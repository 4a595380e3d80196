/** What decides when the next batch leaves. */
export interface FlushState {
  /** Messages that wait. */
  readonly waiting: number
  /** How long the last flush took, in milliseconds. */
  readonly took: number
  /** How long ago it ended, in milliseconds. */
  readonly since: number
  /** The service ends: nothing is to come any more. */
  readonly closing: boolean
}

/** Messages of one batch. */
export const BATCH = 5000
/** Bytes of their payloads: four of them may be a row, and a batch is decoded in one turn of the event loop. */
export const BATCH_BYTES = 2 * 1024 * 1024

/** How many of the messages make the next batch: one at least. */
export function nextBatch(messages: readonly { readonly payload: Uint8Array }[]): number {
  let bytes = 0
  for (let count = 0; count < messages.length; count++) {
    bytes += messages[count]!.payload.length
    if (count === BATCH || (count > 0 && bytes > BATCH_BYTES)) return count
  }
  return messages.length
}
/** No message waits longer for company, in milliseconds. */
const LONGEST = 200
/** A commit costs whole pages, however few its rows: a hundred a second are plenty. */
const SHORTEST = 10
/** The store rests twice as long as it worked; under load batches grow instead. */
const REST = 2

/**
 * Milliseconds until the waiting messages should be flushed; 0: now. After a quiet time the first message leaves at
 * once. Under load the pause follows the store: devices that wait for each PUBACK are not kept waiting for a timer
 * made for slow disks.
 */
export function flushDelay({ waiting, took, since, closing }: FlushState): number {
  if (closing || waiting >= BATCH) return 0
  const pause = Math.min(LONGEST, Math.max(SHORTEST, took * REST))
  return Math.max(0, pause - since)
}
