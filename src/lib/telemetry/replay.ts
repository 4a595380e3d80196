import { ArrivalClock } from './arrival-clock.ts'
import { IngestBatch } from './ingest-batch.ts'
import type { TelemetryStore } from './store.ts'
import { storeBatch } from './store-batch.ts'

/** A message that could not be stored when it came. */
export interface ReplayLetter {
  readonly id: number
  readonly topic: string
  readonly payload: Uint8Array
  /** Arrival, milliseconds since 1970. */
  readonly at: number
}

export interface Replayed {
  /** Ids of the letters that are in the store now. */
  readonly stored: readonly number[]
  readonly measurements: number
  /** Of those that stay letters, how many for which reason. */
  readonly rejected: Readonly<Record<string, number>>
}

export interface ReplayOptions {
  readonly fleet: string
  readonly store: Pick<TelemetryStore, 'write'>
  /** How far back an event time may lie, in milliseconds. */
  readonly retention: number
}

/**
 * Decodes letters as if they came now, and stores what can be stored by now. The same letters again are the same
 * measurements, so whoever was killed before the letters were taken out may begin again.
 * @throws what the store throws; nothing may be taken as stored then
 */
export async function replay(letters: readonly ReplayLetter[], options: ReplayOptions): Promise<Replayed> {
  const { fleet, store, retention } = options
  const messages = letters.map((letter) => ({
    ...letter,
    arrivedAt: arrivalOf(letter),
    acknowledge: () => {},
  }))
  const batch = new IngestBatch(messages, { fleet, retention, arrivalTime: new ArrivalClock() })
  const { length: measurements } = await storeBatch(batch, store)
  // A letter that is rejected again carries the payload that it came with.
  const kept = new Set(batch.letters.map(({ payload }) => payload))
  return {
    stored: letters.filter(({ payload }) => !kept.has(payload)).map(({ id }) => id),
    measurements,
    rejected: Object.fromEntries(batch.rejected),
  }
}

/**
 * What has no event time is stored at its arrival, in the second half of that millisecond: there it meets nothing
 * that was stored when it came, nor a letter beside it, and it is the same moment however often it is tried.
 */
function arrivalOf({ id, at }: ReplayLetter): number {
  return at + 0.5 + (id % 500) / 1000
}
