const [ZERO, DASH, COLON, T, POINT] = [0x30, 0x2d, 0x3a, 0x54, 0x2e]
/** `2026-11-25T12:00:00` */
const WHOLE = 19
const MOST_DIGITS = 9
const MICROSECOND_DIGITS = 6

/** The day that was read last, as eight digits, and its beginning in microseconds; NaN: there is no such day. */
const last = { day: 0, from: Number.NaN }

/**
 * Reads a moment in UTC as `2026-11-25T12:00:00.25`, without its offset, and by the rules of `eventTime`: microseconds
 * since 1970 go to a place of `into`.
 * @returns where it ends; -1 when it is none
 */
export function readIsoTime(bytes: Uint8Array, from: number, into: Float64Array, index: number): number {
  if (from + WHOLE > bytes.length) return -1
  if (bytes[from + 4] !== DASH || bytes[from + 7] !== DASH || bytes[from + 10] !== T) return -1
  if (bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return -1
  const century = two(bytes, from)
  const year = two(bytes, from + 2)
  const month = two(bytes, from + 5)
  const day = two(bytes, from + 8)
  const hour = two(bytes, from + 11)
  const minute = two(bytes, from + 14)
  const second = two(bytes, from + 17)
  if ((century | year | month | day | hour | minute | second) < 0) return -1
  if (hour > 23 || minute > 59 || second > 60) return -1
  let at = from + WHOLE
  let fraction = 0
  if (at < bytes.length && bytes[at] === POINT) {
    const first = ++at
    for (let digit = 0; at < bytes.length && (digit = bytes[at]! ^ ZERO) <= 9; at++)
      if (at - first < MICROSECOND_DIGITS) fraction = fraction * 10 + digit
    const digits = at - first
    if (digits === 0 || digits > MOST_DIGITS) return -1
    for (let missing = digits; missing < MICROSECOND_DIGITS; missing++) fraction *= 10
  }
  const midnight = keptMidnight(century * 100 + year, month, day)
  if (Number.isNaN(midnight)) return -1
  into[index] = midnight + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
  return at
}

/** Two digits; negative when they are none. */
function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! ^ ZERO
  const ones = bytes[at + 1]! ^ ZERO
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : -1
}

function keptMidnight(year: number, month: number, day: number): number {
  const name = (year * 100 + month) * 100 + day
  if (name === last.day) return last.from
  last.day = name
  last.from = midnightOf(year, month, day)
  return last.from
}

/** Where a day begins, in microseconds since 1970; NaN: there is no such day. @param month from 1 */
export function midnightOf(year: number, month: number, day: number): number {
  const date = Date.UTC(year, month - 1, day)
  const isThere = day > 0 && new Date(date).getUTCMonth() === month - 1 // 30 February would be in March
  return isThere ? date * 1000 : Number.NaN
}
