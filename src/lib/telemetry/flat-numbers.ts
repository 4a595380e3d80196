/** Numbers of one payload at most; with more it is read as any other. */
const MOST = 64
/** Beyond this many digits a number may be no double any more that divides by a power of ten without loss. */
const EXACT_DIGITS = 15
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)
const [ZERO, MINUS, POINT] = [0x30, 0x2d, 0x2e]

/** The numbers that were read last, in the order of the payload. */
export const NUMBERS = new Float64Array(MOST)

/**
 * What stands around the numbers of an object like `{"ts": 1764000000, "flow": 21.5}`. A device sends the same words all
 * its life: seeing that they are the same costs a fraction of reading them.
 */
export interface Skeleton {
  /** The members in their order, each with a number. */
  readonly keys: readonly string[]
  /** What is before each number and, last, behind them all: one piece after the other. */
  readonly around: Uint8Array
  /** Where each piece ends. */
  readonly ends: readonly number[]
}

/** Whitespace, strings without escapes, and numbers as RFC 8259 has them. */
const START = /^[ \t\n\r]*\{/
const MEMBER =
  /[ \t\n\r]*"([ !#-[\]-~]*)"[ \t\n\r]*:[ \t\n\r]*(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)[ \t\n\r]*([,}])/y
const END = /[ \t\n\r]*$/y

/** The skeleton of a payload; undefined when it is not a flat object of ASCII names and numbers. */
export function skeletonOf(payload: Uint8Array): Skeleton | undefined {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1')
  const [start] = START.exec(text) ?? []
  if (start === undefined) return undefined
  const keys: string[] = []
  const pieces: string[] = []
  let piece = start
  for (let at = start.length, isLast = false; !isLast; ) {
    MEMBER.lastIndex = at
    const [whole, key, number, behind] = MEMBER.exec(text) ?? []
    if (whole === undefined || keys.length === MOST) return undefined
    const from = whole.lastIndexOf(number!)
    keys.push(key!)
    pieces.push(piece + whole.slice(0, from))
    piece = whole.slice(from + number!.length)
    at += whole.length
    isLast = behind === '}'
    if (!isLast) continue
    END.lastIndex = at
    const end = END.exec(text)
    if (end === null) return undefined
    pieces.push(piece + end[0])
  }
  if (!isInOrder(keys)) return undefined
  return shared(keys, pieces)
}

/** Devices of a kind share theirs. */
const MOST_KEPT = 10_000
const kept = new Map<string, Skeleton>()

function shared(keys: readonly string[], pieces: readonly string[]): Skeleton {
  const name = pieces.join('\0') // which stands in none of them
  const known = kept.get(name)
  if (known !== undefined) return known
  let length = 0
  const ends = pieces.map((piece) => (length += piece.length))
  const fresh = { keys, around: Buffer.from(pieces.join('')), ends }
  if (kept.size >= MOST_KEPT) kept.clear()
  kept.set(name, fresh)
  return fresh
}

/** Each key is there once, and none stands elsewhere in the object than in the text, as `"7"` does. */
function isInOrder(keys: readonly string[]): boolean {
  const members = Object.keys(Object.fromEntries(keys.map((key) => [key, 0])))
  return members.length === keys.length && members.every((key, index) => key === keys[index])
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
