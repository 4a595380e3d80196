/** Where time comes from. Passed in, so that a test can stand still and a wrong clock can be tried. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
