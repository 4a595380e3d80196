import { midnightOf } from './iso-time.ts'
import { excerpt, type Rejection, reject } from './rejection.ts'

/** How far ahead of us a device's clock may be, in milliseconds. */
const AHEAD = 600_000

/**
 * Below the first a number is seconds, below the second milliseconds, below the third microseconds. Each unit thus
 * reaches from 1973 (below: 1970) to 5138, so no moment of any real device can be read in two ways.
 */
const SECONDS_BELOW = 1e11
const MILLISECONDS_BELOW = 1e14
const MICROSECONDS_BELOW = 1e17

/** RFC 3339 §5.6 with ISO 8601's freedoms: seconds may lack, `±hh` and `±hhmm` are offsets; one offset there must be. */
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/

/** Integer microseconds since 1970; undefined when it is no time that can be read. */
export function eventTime(stamp: unknown): number | undefined {
  if (typeof stamp === 'number') return fromNumber(stamp)
  return typeof stamp === 'string' ? fromIso(stamp) : undefined
}

function fromNumber(stamp: number): number | undefined {
  const size = Math.abs(stamp)
  if (size < SECONDS_BELOW) return secondsToMicroseconds(stamp)
  if (size < MILLISECONDS_BELOW) return Math.round(stamp * 1000)
  return size < MICROSECONDS_BELOW ? Math.round(stamp) : undefined
}

function fromIso(stamp: string): number | undefined {
  const match = ISO.exec(stamp)
  if (match === null) return undefined
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = '0',
    fraction = '',
    sign,
    offsetHour,
    offsetMinute = '0',
  ] = match
  const midnight = midnightOf(Number(year), Number(month), Number(day))
  const wellFormed =
    !Number.isNaN(midnight) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) <= 60 && // a leap second is the first of the next minute
    Number(offsetMinute) < 60
  if (!wellFormed) return undefined
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const offset = sign === undefined ? 0 : (Number(offsetHour) * 60 + Number(offsetMinute)) * 60
  const utc = seconds - (sign === '-' ? -offset : offset)
  return midnight + utc * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** From when to when an event time is believed, in microseconds. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/** @param arrivedAt milliseconds since 1970 @param retention milliseconds */
export function timeWindow(arrivedAt: number, retention: number): TimeWindow {
  const from = Math.max((arrivedAt - retention) * 1000, Number.MIN_SAFE_INTEGER)
  return { from, to: (arrivedAt + AHEAD) * 1000 }
}

/** The event time, if it can be read and believed. It is never clamped: a wrong clock is an answer, not a value. */
export function believedTime(stamp: unknown, window: TimeWindow): number | Rejection {
  const at = eventTime(stamp)
  if (at !== undefined && isWithin(at, window)) return at
  const shown = excerpt(JSON.stringify(stamp))
  if (at === undefined)
    return reject(
      'time',
      `The event time ${shown} is not s, ms or µs since 1970, nor ISO 8601 with an offset.`,
    )
  return believedMoment(at, shown, window)
}

function isWithin(at: number, { from, to }: TimeWindow): boolean {
  return at >= from && at <= to
}

/** The same for a moment in microseconds that has been read already. @param shown how the device said it */
export function believedMoment(at: number, shown: string, window: TimeWindow): number | Rejection {
  if (isWithin(at, window)) return at
  const side = at < window.from ? 'older than what is kept' : 'ahead of our clock'
  return reject('clock', `The event time ${shown} is ${isoTime(at)}, ${side}.`)
}

/** Numbers reach further than dates do. */
function isoTime(at: number): string {
  const date = new Date(at / 1000)
  return Number.isNaN(date.getTime()) ? 'no date' : date.toISOString()
}

/** Whole and broken seconds apart: as one product the last microsecond would be lost beyond 2^52. */
function secondsToMicroseconds(seconds: number): number {
  const whole = Math.trunc(seconds)
  return whole * 1_000_000 + Math.round((seconds - whole) * 1_000_000)
}
