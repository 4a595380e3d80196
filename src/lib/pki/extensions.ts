import { hash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { boolean, context, implicit, integer, namedBits, octetString, oid, sequence } from './der.ts'
import { OID } from './oids.ts'

/** Extensions of RFC 5280 §4.2.1, as DER. */

const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value))

/** §4.2.1.2, method 1: SHA-1 over the bits of the public key. It names a key and protects nothing. */
export function keyIdentifier(spki: Uint8Array): Buffer {
  return hash('sha1', publicKeyBits(spki), 'buffer')
}

export const subjectKeyIdentifier = (identifier: Uint8Array): Buffer =>
  extension(OID.subjectKeyIdentifier, false, octetString(identifier))

/** §4.2.1.1 */
export const authorityKeyIdentifier = (identifier: Uint8Array): Buffer =>
  extension(OID.authorityKeyIdentifier, false, sequence(implicit(0, identifier)))

/** §4.2.1.9, critical in a CA certificate. */
export const basicConstraintsCa = (pathLength: number): Buffer =>
  extension(OID.basicConstraints, true, sequence(boolean(true), integer(pathLength)))

/** §4.2.1.3: bit 0 is digitalSignature, 5 keyCertSign, 6 cRLSign. */
export const keyUsage = (...bits: readonly number[]): Buffer =>
  extension(OID.keyUsage, true, namedBits(...bits))

/** §4.2.1.12 */
export const extKeyUsage = (purpose: 'clientAuth' | 'serverAuth'): Buffer =>
  extension(OID.extKeyUsage, false, sequence(oid(OID[purpose])))

export type AlternativeName =
  | { readonly kind: 'uri'; readonly value: string }
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: string }

/** §4.2.1.6 */
export function subjectAltName(names: readonly AlternativeName[]): Buffer {
  return extension(OID.subjectAltName, false, sequence(...names.map(generalName)))
}

/** A host as the SAN it becomes. */
export function hostName(host: string): AlternativeName {
  return { kind: isIPv4(host) || isIPv6(host) ? 'ip' : 'dns', value: host }
}

function generalName({ kind, value }: AlternativeName): Buffer {
  if (kind === 'ip') return implicit(7, addressBytes(value))
  return implicit(kind === 'dns' ? 2 : 6, Buffer.from(value, 'ascii'))
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const groups = (text: string) =>
    (text === '' ? [] : text.split(':')).map((group) => Number.parseInt(group, 16))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const all = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

/** The octets of a SubjectPublicKeyInfo's BIT STRING. */
function publicKeyBits(spki: Uint8Array): Uint8Array {
  const outer = contentOf(spki, 0)
  const algorithm = contentOf(spki, outer.start)
  const bits = contentOf(spki, algorithm.end)
  return spki.subarray(bits.start + 1, bits.end)
}

/** Where the content of the value at `offset` lies. */
function contentOf(der: Uint8Array, offset: number): { readonly start: number; readonly end: number } {
  const first = der[offset + 1]!
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first }
  let length = 0
  const octets = first & 0x7f
  for (let index = 0; index < octets; index++) length = length * 256 + der[offset + 2 + index]!
  const start = offset + 2 + octets
  return { start, end: start + length }
}
