/** Numbers of one payload at most; with more it is read as any other. */
const MOST = 64
/** Beyond this many digits a number may be no double any more that divides by a power of ten without loss. */
const EXACT_DIGITS = 15
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)
const [ZERO, MINUS, POINT] = [0x30, 0x2d, 0x2e]

/** The numbers that were read last, in the order of the payload. */
export const NUMBERS = new Float64Array(MOST)

/**
 * What stands around the numbers of a JSON object. A device sends the same words all its life: seeing that they are the
 * same costs a fraction of reading them.
 */
export interface Skeleton {
  /** What is before each number and, last, behind them all: one piece after the other. */
  readonly around: Uint8Array
  /** Where each piece ends. */
  readonly ends: readonly number[]
}

/** Longer ones are not worth remembering, in bytes. */
const LONGEST = 4096
/** Strings, so that what is in them is passed over, and numbers. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** @param payload JSON; undefined when it is no object, too long, or has no number or too many */
export function skeletonOf(payload: Uint8Array): Skeleton | undefined {
  if (payload.length > LONGEST) return undefined
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1')
  if (!text.trimStart().startsWith('{')) return undefined
  const pieces: string[] = []
  let from = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('"')) continue
    pieces.push(text.slice(from, index))
    from = index + token.length
  }
  if (pieces.length === 0 || pieces.length > MOST) return undefined
  return shared([...pieces, text.slice(from)])
}

/** Devices of a kind share theirs. */
const MOST_KEPT = 2000
const kept = new Map<string, Skeleton>()

function shared(pieces: readonly string[]): Skeleton {
  const name = pieces.join('\0') // which stands in no JSON
  const known = kept.get(name)
  if (known !== undefined) return known
  let length = 0
  const ends = pieces.map((piece) => (length += piece.length))
  const fresh = { around: Buffer.from(pieces.join(''), 'latin1'), ends }
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(name, fresh)
  return fresh
}

/** A payload of this skeleton. */
export function payloadOf({ around, ends }: Skeleton, numbers: readonly number[]): Buffer {
  const parts = ends.flatMap((end, piece) => [
    around.subarray(ends[piece - 1] ?? 0, end),
    Buffer.from(numbers[piece]?.toString() ?? ''),
  ])
  return Buffer.concat(parts)
}

/**
 * Whether the payload has this skeleton; then {@link NUMBERS} holds its numbers, to the last bit what JSON.parse makes of
 * them. False says nothing: with an exponent or with more digits than are surely exact it is read elsewhere.
 */
export function readNumbers(payload: Uint8Array, { around, ends }: Skeleton): boolean {
  const { length } = payload
  const last = ends.length - 1
  let at = 0
  let from = 0
  for (let piece = 0; ; piece++) {
    const end = ends[piece]!
    if (at + end - from > length) return false
    for (; from < end; from++, at++) if (payload[at] !== around[from]) return false
    if (piece === last) return at === length
    // The number: a sign, digits, and a fraction.
    const isNegative = at < length && payload[at] === MINUS
    if (isNegative) at++
    const first = at
    let mantissa = 0
    for (let digit = 0; at < length && (digit = payload[at]! ^ ZERO) <= 9; at++)
      mantissa = mantissa * 10 + digit
    let digits = at - first
    if (digits === 0 || (digits > 1 && payload[first] === ZERO)) return false
    let fraction = 0
    if (at < length && payload[at] === POINT) {
      const point = at++
      for (let digit = 0; at < length && (digit = payload[at]! ^ ZERO) <= 9; at++)
        mantissa = mantissa * 10 + digit
      fraction = at - point - 1
      if (fraction === 0) return false
      digits += fraction
    }
    if (digits > EXACT_DIGITS) return false
    const size = fraction === 0 ? mantissa : mantissa / POWERS[fraction]!
    NUMBERS[piece] = isNegative ? -size : size
  }
}
