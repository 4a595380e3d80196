/**
 * A device's rhythm: the decayed median of the intervals between its messages, as one number that each message moves a
 * little. It follows a changed habit within a few dozen messages, and one outage (one long interval) moves it by half
 * at most. The engines compute it where they store it (sql/rhythm.ts); this is the same in words that can be tested.
 */

/**
 * What comes within this time of the last counted message belongs to it, in milliseconds: a gateway that empties its
 * memory, or a tracker that wakes and sends ten messages, was heard once. It changes no verdict: an interval below
 * 12 s becomes one below 24 s, and five of those are still less than {@link LEAST_SILENCE}.
 */
export const BEAT = 12_000

/** An interval is far from the estimate when it is more than so many times longer or shorter. */
export const FAR = 2
/** By what an interval that is far, or near, moves the estimate. */
export const STRIDE = 1.5
export const STEP = 1.05

/** Nobody is silent before so many milliseconds. */
export const LEAST_SILENCE = 120_000
/** Intervals without a message after which a device is silent. */
export const MISSED = 5
/** With fewer messages nothing is known of a device's rhythm. */
export const ENOUGH = 5

/** What services have heard of a device's messages. */
export interface Heard {
  readonly messages: number
  /** Milliseconds since 1970; undefined: it only connected. */
  readonly lastMessage: number | undefined
  /** Milliseconds; undefined: no interval was counted yet. */
  readonly rhythm: number | undefined
}

/**
 * A time in which nobody could be heard, because ingest was not at work: it is not the devices' silence. Milliseconds
 * since 1970.
 */
export interface Absence {
  readonly from: number
  readonly to: number
}

export type Hearing = 'never' | 'unknown' | 'reporting' | 'silent'

/** The estimate after one more interval (milliseconds). */
export function nextRhythm(rhythm: number | undefined, interval: number): number {
  if (rhythm === undefined) return interval
  if (interval > rhythm) return rhythm * (interval > rhythm * FAR ? STRIDE : STEP)
  if (interval < rhythm) return rhythm / (interval < rhythm / FAR ? STRIDE : STEP)
  return rhythm
}

/** How long a device may be quiet before it counts as silent, in milliseconds. */
export function patienceOf({ rhythm = 0 }: Pick<Heard, 'rhythm'>): number {
  return Math.max(MISSED * rhythm, LEAST_SILENCE)
}

/** How long somebody has listened to a device in vain, in milliseconds. */
export function quietFor(lastMessage: number, now: number, absence?: Absence): number {
  const deaf = absence === undefined ? 0 : Math.max(0, absence.to - Math.max(lastMessage, absence.from))
  return now - lastMessage - deaf
}

/** Whether a device keeps its rhythm (design §4, "silent"). */
export function hearingOf(heard: Heard | undefined, now: number, absence?: Absence): Hearing {
  if (heard?.lastMessage === undefined || heard.messages === 0) return 'never'
  if (heard.messages < ENOUGH) return 'unknown'
  return quietFor(heard.lastMessage, now, absence) > patienceOf(heard) ? 'silent' : 'reporting'
}
