import { isUtf8 } from 'node:buffer'
import { bigFloat, bigNumber, decimalFraction } from './cbor-number.ts'
import type { Json } from './parse-payload.ts'
import { quote, type Rejection, reject } from './rejection.ts'

/** Below this no telemetry is; JavaScript's stack holds a hundred times that. */
const DEEPEST = 64

const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const LIST = 4
const MAP = 5

/** Additional information (RFC 8949 §3): the argument follows in 1, 2, 4 or 8 bytes, or the end is marked. */
const INDEFINITE = 31
const BREAK = 0xff

const MEMBER = { configurable: true, enumerable: true, writable: true }

/** Where and why a payload stops being CBOR, or being something that can be kept. */
class Fault extends Error {
  readonly rejection: Rejection

  constructor(offset: number, what: string, rejected: 'cbor' | 'limits' = 'cbor') {
    super(what)
    this.rejection = reject(rejected, `At byte ${offset}: ${what}.`)
  }
}

/**
 * Whether it is CBOR by its first byte: a list, a map, or the mark of self-described CBOR (RFC 8949 §3.4.6). No UTF-8
 * text begins with such a byte (RFC 3629 §3), so no text can be taken for CBOR.
 */
export function looksLikeCbor(payload: Uint8Array): boolean {
  const first = payload[0]!
  const info = first & 31
  const isNested = first >> 5 === LIST || first >> 5 === MAP
  return (
    (isNested && (info < 28 || info === INDEFINITE)) ||
    (first === 0xd9 && payload[1] === 0xd9 && payload[2] === 0xf7)
  )
}

/**
 * One item of CBOR (RFC 8949) as the JSON that §6.1 makes of it: bytes become base64url text, `undefined` null, what
 * an unknown tag says about its content is passed over. Keys may be text or integers. Memory is bounded by the
 * payload: a length is believed only as far as bytes are there. An own reader, because in telemetry the place of a
 * fault matters, and a library that serves JavaScript's types takes keys that stand twice, mends text that is no
 * UTF-8 and follows references that a payload makes to itself.
 */
export function parseCbor(payload: Uint8Array): { readonly document: Json } | Rejection {
  try {
    return { document: new CborReader(payload).document() }
  } catch (error) {
    if (error instanceof Fault) return error.rejection
    throw error
  }
}

interface Head {
  readonly offset: number
  readonly major: number
  /** Undefined: the length is indefinite. */
  readonly argument: number | bigint | undefined
}

class CborReader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(payload: Uint8Array) {
    this.#bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  }

  document(): Json {
    const item = this.#item(0)
    if (this.#offset < this.#bytes.length) throw new Fault(this.#offset, 'expected the end')
    return item
  }

  #item(depth: number): Json {
    if (this.#bytes[this.#offset]! >> 5 === 7) return this.#simple()
    const head = this.#head()
    switch (head.major) {
      case UNSIGNED:
        return Number(head.argument)
      case NEGATIVE:
        return Number(-1n - BigInt(head.argument!))
      case BYTES:
        return this.#string(head).toString('base64url')
      case TEXT:
        return this.#text(head)
      case LIST:
        return this.#list(head, this.#deeper(head, depth))
      case MAP:
        return this.#map(head, this.#deeper(head, depth))
      default:
        return this.#tagged(head, this.#deeper(head, depth))
    }
  }

  /** The bound counts tags as well: they nest as lists do. */
  #deeper({ offset }: Head, depth: number): number {
    if (depth < DEEPEST) return depth + 1
    throw new Fault(offset, `nested deeper than ${DEEPEST} levels`, 'limits')
  }

  #head(): Head {
    const offset = this.#offset
    const first = this.#bytes[this.#skip(1)]!
    const major = first >> 5
    const info = first & 31
    if (info < 24) return { offset, major, argument: info }
    if (info <= 27) return { offset, major, argument: this.#argument(info) }
    if (info === INDEFINITE && major >= BYTES && major <= MAP) return { offset, major, argument: undefined }
    throw new Fault(offset, `0x${first.toString(16)} begins nothing`)
  }

  #argument(info: number): number | bigint {
    const size = 1 << (info - 24)
    const start = this.#skip(size)
    if (size < 8) return this.#bytes.readUIntBE(start, size)
    const argument = this.#bytes.readBigUInt64BE(start)
    return argument <= Number.MAX_SAFE_INTEGER ? Number(argument) : argument
  }

  /** Goes on behind so many bytes, and answers where they begin. */
  #skip(count: number | bigint): number {
    const start = this.#offset
    const left = this.#bytes.length - start
    if (count > left) throw new Fault(start, `expected ${bytes(count)}, found ${left}`)
    this.#offset = start + Number(count)
    return start
  }

  #take(count: number | bigint): Buffer {
    return this.#bytes.subarray(this.#skip(count), this.#offset)
  }

  /** Of an indefinite length it is chunks of the same kind, each with its length (§3.2.3). */
  #string({ major, argument }: Head): Buffer {
    if (argument !== undefined) return this.#take(argument)
    const chunks: Buffer[] = []
    while (!this.#atBreak()) {
      const chunk = this.#head()
      if (chunk.major !== major || chunk.argument === undefined)
        throw new Fault(chunk.offset, 'expected a chunk of the string')
      chunks.push(major === TEXT ? this.#utf8(chunk) : this.#take(chunk.argument))
    }
    return Buffer.concat(chunks)
  }

  #text(head: Head): string {
    return (head.argument === undefined ? this.#string(head) : this.#utf8(head)).toString()
  }

  #utf8({ offset, argument }: Head): Buffer {
    const chunk = this.#take(argument!)
    if (isUtf8(chunk)) return chunk
    throw new Fault(offset, 'the text is not UTF-8')
  }

  #list({ offset, argument }: Head, depth: number): readonly Json[] {
    const list: Json[] = []
    this.#expectItems(offset, argument, 1)
    while (argument === undefined ? !this.#atBreak() : list.length < argument) list.push(this.#item(depth))
    return list
  }

  #map({ offset, argument }: Head, depth: number): Json {
    const map: Record<string, Json> = {}
    this.#expectItems(offset, argument, 2)
    for (let count = 0; argument === undefined ? !this.#atBreak() : count < argument; count++) {
      const at = this.#offset
      const key = this.#key()
      if (Object.hasOwn(map, key)) throw new Fault(at, `the key ${quote(key)} stands twice`)
      const value = this.#item(depth)
      // Assigned, this one would be the map's prototype; JSON.parse makes it a member like others, too.
      if (key === '__proto__') Object.defineProperty(map, key, { ...MEMBER, value })
      else map[key] = value
    }
    return map
  }

  /** Every item takes a byte at least, so a length beyond the bytes is a lie: nothing is begun for it. */
  #expectItems(offset: number, argument: Head['argument'], each: number): void {
    const left = Math.floor((this.#bytes.length - this.#offset) / each)
    if (argument !== undefined && argument > left)
      throw new Fault(offset, `${argument} items do not fit into what follows`)
  }

  #key(): string {
    const head = this.#head()
    if (head.major === TEXT) return this.#text(head)
    if (head.major === UNSIGNED) return String(head.argument)
    if (head.major === NEGATIVE) return String(-1n - BigInt(head.argument!))
    throw new Fault(head.offset, 'expected a key that is text or an integer')
  }

  #tagged({ offset, argument: tag }: Head, depth: number): Json {
    if (tag === 2 || tag === 3) return bigNumber(this.#bigBytes(), tag === 3)
    const content = this.#item(depth)
    if (tag !== 4 && tag !== 5) return content
    const number = tag === 4 ? decimalFraction(content) : bigFloat(content)
    if (number === undefined) throw new Fault(offset, 'expected [exponent, mantissa]')
    return number
  }

  #bigBytes(): Buffer {
    const head = this.#head()
    if (head.major !== BYTES) throw new Fault(head.offset, 'expected the bytes of a big number')
    return this.#string(head)
  }

  /** Major type 7 (§3.3): words and floating-point numbers. Simple values that nobody has assigned are null (§6.1). */
  #simple(): Json {
    const offset = this.#offset
    const first = this.#bytes[this.#skip(1)]!
    switch (first) {
      case 0xf4:
      case 0xf5:
        return first === 0xf5
      case 0xf8:
        // §3.3: below 32 this form is not well-formed, so that every value has one.
        if (this.#bytes[this.#skip(1)]! < 32)
          throw new Fault(offset, 'a simple value in a form that it does not have')
        return null
      case 0xf9:
        return halfFloat(this.#bytes.readUInt16BE(this.#skip(2)))
      case 0xfa:
        return this.#bytes.readFloatBE(this.#skip(4))
      case 0xfb:
        return this.#bytes.readDoubleBE(this.#skip(8))
      default:
        if (first > 0xf7) throw new Fault(offset, `0x${first.toString(16)} stands where an item must`)
        return null
    }
  }

  #atBreak(): boolean {
    if (this.#bytes[this.#offset] !== BREAK) return false
    this.#offset++
    return true
  }
}

function bytes(count: number | bigint): string {
  return count === 1 ? '1 byte' : `${count} bytes`
}

/** IEEE 754 binary16, as RFC 8949 appendix D takes it apart. */
function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 0x3ff
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent < 31) return sign * (mantissa + 1024) * 2 ** (exponent - 25)
  return mantissa === 0 ? sign * Infinity : NaN
}
