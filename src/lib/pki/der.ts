/** A writer of DER (X.690): values in, bytes out. Reading is node-forge's part. */

/** Identifier octets of the universal types (X.680 §8.4). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const

/** Tag, definite length in the shortest form (X.690 §10.1), content: written once, into one buffer. */
export function tagged(tag: number, ...content: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const part of content) length += part.length
  const size = lengthSize(length)
  const der = Buffer.allocUnsafe(1 + size + length)
  der[0] = tag
  writeLength(der, length, size)
  let at = 1 + size
  for (const part of content) {
    der.set(part, at)
    at += part.length
  }
  return der
}

/** The header of a value whose content follows elsewhere. */
export function header(tag: number, length: number): Buffer {
  const size = lengthSize(length)
  const der = Buffer.allocUnsafe(1 + size)
  der[0] = tag
  writeLength(der, length, size)
  return der
}

function lengthSize(length: number): number {
  if (length < 0x80) return 1
  if (length < 0x100) return 2
  if (length < 0x10000) return 3
  return length < 0x1000000 ? 4 : 5
}

function writeLength(der: Buffer, length: number, size: number): void {
  if (size === 1) {
    der[1] = length
    return
  }
  der[1] = 0x80 | (size - 1)
  der.writeUIntBE(length, 2, size - 1)
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => tagged(TAG.sequence, ...content)
export const octetString = (content: Uint8Array): Buffer => tagged(TAG.octetString, content)
export const utf8String = (text: string): Buffer => tagged(TAG.utf8String, Buffer.from(text, 'utf8'))
export const boolean = (value: boolean): Buffer => Buffer.from([TAG.boolean, 1, value ? 0xff : 0])

/** SET OF: the elements in the order of their encodings (X.690 §11.6). */
export function setOf(...content: readonly Uint8Array[]): Buffer {
  return tagged(TAG.set, ...[...content].sort((one, other) => Buffer.compare(one, other)))
}

/** A non-negative INTEGER of big-endian bytes, in the fewest octets that keep it positive (X.690 §8.3.2). */
export function unsignedInteger(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const minimal = bytes.subarray(start)
  const needsSign = minimal.length === 0 || minimal[0]! >= 0x80
  return needsSign ? tagged(TAG.integer, Buffer.from([0]), minimal) : tagged(TAG.integer, minimal)
}

export function integer(value: number | bigint): Buffer {
  const hex = BigInt(value).toString(16)
  return unsignedInteger(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

/** BIT STRING of whole octets. */
export const bitString = (content: Uint8Array): Buffer => tagged(TAG.bitString, Buffer.from([0]), content)

/** BIT STRING of a named bit list: trailing zero bits are left out (X.690 §11.2.2). `bits` are the numbers of the set ones. */
export function namedBits(...bits: readonly number[]): Buffer {
  const highest = Math.max(...bits)
  const bytes = Buffer.alloc(Math.floor(highest / 8) + 1)
  for (const bit of bits) bytes[Math.floor(bit / 8)]! |= 0x80 >> (bit % 8)
  return tagged(TAG.bitString, Buffer.from([7 - (highest % 8)]), bytes)
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tagged(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(arc: number): number[] {
  const bytes = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
    bytes.unshift((left % 128) | 0x80)
  return bytes
}

/** `[number]` EXPLICIT, or a constructed IMPLICIT one. */
export const context = (number: number, ...content: readonly Uint8Array[]): Buffer =>
  tagged(0xa0 | number, ...content)

/** `[number]` IMPLICIT of a primitive type. */
export const implicit = (number: number, content: Uint8Array): Buffer => tagged(0x80 | number, content)

const FIRST = Date.UTC(1950, 0, 1)
const FIRST_GENERALIZED = Date.UTC(2050, 0, 1)
const LAST = Date.UTC(10_000, 0, 1) - 1

/**
 * Time as RFC 5280 §4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime from 2050, seconds, Z.
 * @throws RangeError outside of 1950 to 9999, which neither can say
 */
export function time(milliseconds: number): Buffer {
  if (!(milliseconds >= FIRST && milliseconds <= LAST)) throw new RangeError(`No X.509 time: ${milliseconds}`)
  const digits = new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return milliseconds < FIRST_GENERALIZED
    ? tagged(TAG.utcTime, Buffer.from(digits.slice(2), 'ascii'))
    : tagged(TAG.generalizedTime, Buffer.from(digits, 'ascii'))
}
