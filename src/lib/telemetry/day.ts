/** In microseconds. Days are UTC, counted from 1970. */
export const DAY = 86_400_000_000

/** @param at microseconds */
export function dayOf(at: number): number {
  return Math.floor(at / DAY)
}
