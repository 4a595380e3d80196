import { UsageError } from '../base/errors.ts'
import { sequence, time } from './der.ts'

/** Devices have poor clocks, and so do brokers: what is signed counts from an hour ago. */
export const BACKDATE = 3_600_000

/** The last moment that a certificate can name; RFC 5280 §4.1.2.5 uses it for "no end". */
export const END_OF_TIME = Date.UTC(9999, 11, 31, 23, 59, 59)

/** No fleet is older than this program. A machine that says otherwise has lost its time. */
const OLDEST = Date.UTC(2026, 0, 1)

/** Validity (§4.1.2.5) from and to milliseconds since 1970; both moments are inside. */
export function validity(notBefore: number, notAfter: number): Buffer {
  return sequence(time(notBefore), time(notAfter))
}

/** A certificate knows whole seconds. What is noted of it beside it should be the same moment. */
export function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}

/**
 * Nothing is signed by a clock that is plainly wrong: everybody else would find it expired, or not valid yet.
 * @param since when what it signs with began
 * @throws UsageError `CLOCK_WRONG`
 */
export function refuseWrongClock(now: number, since = OLDEST): void {
  if (now >= since) return
  const says = new Date(now).toISOString()
  throw new UsageError(
    'CLOCK_WRONG',
    `The clock of this machine says ${says}, which is too early to sign anything.`,
    {
      layer: 'clock',
      hint: `Set the clock. It cannot be earlier than ${new Date(since).toISOString()}.`,
    },
  )
}
