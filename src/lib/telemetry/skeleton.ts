import { readIsoTime } from './iso-time.ts'

/** Numbers of one payload at most; with more it is read as any other. */
export const MOST_NUMBERS = 64
/** Beyond this many digits a number may be no double any more that divides by a power of ten without loss. */
const EXACT_DIGITS = 15
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)
const [ZERO, MINUS, POINT] = [0x30, 0x2d, 0x2e]

/**
 * What stands around the numbers of a JSON object, and around texts that are times in UTC. A device sends the same words
 * all its life: seeing that they are the same costs a fraction of reading them.
 */
export interface Skeleton {
  /** What is before each number and, last, behind them all: one piece after the other. */
  readonly around: Uint8Array
  /** Where each piece ends. */
  readonly ends: readonly number[]
  /** Which of the numbers is a time. */
  readonly times: readonly boolean[]
}

/** Longer ones are not worth remembering, in bytes. */
const LONGEST = 4096
/** Strings, so that what is in them is passed over, and numbers. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
/** A time without offset, or with none that changes it. */
const TIME = /^"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|\+00:00)"$/

/** @param payload JSON; undefined when it is no object, too long, or has no number or too many */
export function skeletonOf(payload: Uint8Array): Skeleton | undefined {
  if (payload.length > LONGEST) return undefined
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1')
  if (!text.trimStart().startsWith('{')) return undefined
  const pieces: string[] = []
  const times: boolean[] = []
  let from = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const time = TIME.exec(token)?.[1]
    if (time === undefined && token.startsWith('"')) continue
    const start = time === undefined ? index : index + 1
    pieces.push(text.slice(from, start))
    times.push(time !== undefined)
    from = start + (time ?? token).length
  }
  if (pieces.length === 0 || pieces.length > MOST_NUMBERS) return undefined
  return shared([...pieces, text.slice(from)], times)
}

/** Devices of a kind share theirs. */
const MOST_KEPT = 2000
const kept = new Map<string, Skeleton>()

function shared(pieces: readonly string[], times: readonly boolean[]): Skeleton {
  const name = JSON.stringify([pieces, times])
  const known = kept.get(name)
  if (known !== undefined) return known
  let length = 0
  const ends = pieces.map((piece) => (length += piece.length))
  const fresh = { around: Buffer.from(pieces.join(''), 'latin1'), ends, times }
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(name, fresh)
  return fresh
}

/** A payload of this skeleton. @param numbers of times milliseconds since 1970 */
export function payloadOf({ around, ends, times }: Skeleton, numbers: readonly number[]): Buffer {
  const text = (number: number, isTime: boolean): string =>
    isTime ? new Date(number).toISOString().slice(0, -1) : String(number)
  const parts = numbers.flatMap((number, piece) => [
    around.subarray(ends[piece - 1] ?? 0, ends[piece]),
    Buffer.from(text(number, times[piece]!)),
  ])
  return Buffer.concat([...parts, around.subarray(ends.at(-2) ?? 0)])
}

/**
 * Whether the payload has this skeleton. False says nothing: what is not surely read right is read elsewhere.
 * @param into gets its numbers in their order, to the last bit what JSON.parse makes of them, and microseconds for times
 */
export function readNumbers(
  payload: Uint8Array,
  { around, ends, times }: Skeleton,
  into: Float64Array,
): boolean {
  const { length } = payload
  const last = ends.length - 1
  let at = 0
  let from = 0
  for (let piece = 0; ; piece++) {
    const end = ends[piece]!
    if (at + end - from > length) return false
    for (; from < end; from++, at++) if (payload[at] !== around[from]) return false
    if (piece === last) return at === length
    at = times[piece] === true ? readIsoTime(payload, at, into, piece) : readNumber(payload, at, into, piece)
    if (at === -1) return false
  }
}

/**
 * A sign, digits and a fraction.
 * @returns where it ends; -1 when it is none of JSON, or may not be exact, or has an exponent
 */
function readNumber(bytes: Uint8Array, from: number, into: Float64Array, index: number): number {
  const { length } = bytes
  let at = from
  const isNegative = at < length && bytes[at] === MINUS
  if (isNegative) at++
  const first = at
  let mantissa = 0
  for (let digit = 0; at < length && (digit = bytes[at]! ^ ZERO) <= 9; at++) mantissa = mantissa * 10 + digit
  let digits = at - first
  if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return -1
  let fraction = 0
  if (at < length && bytes[at] === POINT) {
    const point = at++
    for (let digit = 0; at < length && (digit = bytes[at]! ^ ZERO) <= 9; at++)
      mantissa = mantissa * 10 + digit
    fraction = at - point - 1
    if (fraction === 0) return -1
    digits += fraction
  }
  if (digits > EXACT_DIGITS) return -1
  const size = fraction === 0 ? mantissa : mantissa / POWERS[fraction]!
  into[index] = isNegative ? -size : size
  return at
}
