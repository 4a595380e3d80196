import forge, { type Asn1 } from 'node-forge/lib/asn1.js'
import { messageOf } from '../base/errors.ts'
import { TAG } from './der.ts'

/**
 * Reading DER: node-forge parses, these functions say what was expected. They throw {@link Malformed} only; who knows
 * what is being read turns that into an error with a code.
 */
export type { Asn1 }

/** The bytes are not what the standard says. The message completes "It is no …: ". */
export class Malformed extends Error {}

/** X.509 structures nest about ten deep; a parser that follows any depth can be made to overflow its stack. */
const DEPTH = 32

/**
 * Parses one value that fills the bytes. Whoever calls has bounded their number.
 * @throws Malformed
 */
export function parseDer(bytes: Uint8Array): Asn1 {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  try {
    const options = { strict: true, parseAllBytes: true, decodeBitStrings: false, maxDepth: DEPTH } as const
    return forge.fromDer(text, options)
  } catch (error) {
    throw new Malformed(
      /Unparsed DER bytes/.test(messageOf(error)) ? 'more bytes follow it' : 'it is not whole DER',
      { cause: error },
    )
  }
}

/** Whether the value is there and carries this identifier octet. */
export function isTagged(value: Asn1 | undefined, tag: number): value is Asn1 {
  return value !== undefined && (value.tagClass | (value.constructed ? 0x20 : 0) | value.type) === tag
}

/** What a constructed value with this identifier octet is made of. @throws Malformed */
export function elements(value: Asn1 | undefined, tag: number, what: string): readonly Asn1[] {
  if (isTagged(value, tag) && typeof value.value !== 'string') return value.value
  throw new Malformed(`${what} is missing or of another type`)
}

/** The octets of a primitive value with this identifier octet. @throws Malformed */
export function octets(value: Asn1 | undefined, tag: number, what: string): Buffer {
  if (isTagged(value, tag) && typeof value.value === 'string') return Buffer.from(value.value, 'latin1')
  throw new Malformed(`${what} is missing or of another type`)
}

/** The dotted form of an OBJECT IDENTIFIER. @throws Malformed */
export function dottedOid(value: Asn1 | undefined, what: string): string {
  const content = octets(value, TAG.oid, what).toString('latin1')
  try {
    return forge.derToOid(content)
  } catch (error) {
    throw new Malformed(`${what} is no object identifier`, { cause: error })
  }
}

/** A non-negative INTEGER that a number holds exactly. @throws Malformed */
export function smallInteger(value: Asn1 | undefined, what: string): number {
  const content = octets(value, TAG.integer, what)
  if (content.length < 1 || content.length > 6 || content[0]! >= 0x80)
    throw new Malformed(`${what} is out of range`)
  return content.readUIntBE(0, content.length)
}

/** The octets of a BIT STRING of whole octets, as signatures and keys are. @throws Malformed */
export function bitOctets(value: Asn1 | undefined, what: string): Buffer {
  const content = octets(value, TAG.bitString, what)
  if (content[0] === 0) return content.subarray(1)
  throw new Malformed(`${what} is no string of whole octets`)
}

/** The numbers of the bits that are set in a BIT STRING of named bits. @throws Malformed */
export function setBits(value: Asn1 | undefined, what: string): readonly number[] {
  const content = octets(value, TAG.bitString, what)
  const [unused = 8, ...bytes] = content
  if (unused > 7) throw new Malformed(`${what} is no bit string`)
  return bytes.flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (0x80 >> bit)).map((bit) => index * 8 + bit),
  )
}

/** A UTCTime or GeneralizedTime in the forms of RFC 5280 §4.1.2.5, in milliseconds since 1970. @throws Malformed */
export function timeOf(value: Asn1 | undefined, what: string): number {
  const isUtc = isTagged(value, TAG.utcTime)
  const text = octets(value, isUtc ? TAG.utcTime : TAG.generalizedTime, what).toString('latin1')
  // §4.1.2.5.1: YY of 50 and more is 19YY.
  const full = isUtc ? `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}` : text
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)
  const [, year, month, day, hour, minute, second] = parts ?? []
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(moment)) throw new Malformed(`${what} is no time`)
  return moment
}
