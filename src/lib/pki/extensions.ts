import { hash } from 'node:crypto'
import { addressOctets } from './address.ts'
import { boolean, implicit, integer, namedBits, octetString, oid, sequence } from './der.ts'
import { spanAt } from './der-span.ts'
import { OID } from './oids.ts'

/** Extensions of RFC 5280 §4.2.1, as DER. */

const extension = (id: Uint8Array, value: Uint8Array): Buffer => sequence(id, octetString(value))
const criticalExtension = (id: Uint8Array, value: Uint8Array): Buffer =>
  sequence(id, boolean(true), octetString(value))

/** Those that differ from device to device have their names encoded once. */
const SUBJECT_KEY_IDENTIFIER = oid(OID.subjectKeyIdentifier)
const SUBJECT_ALT_NAME = oid(OID.subjectAltName)

/** §4.2.1.2, method 1: SHA-1 over the bits of the public key. It names a key and protects nothing. */
export function keyIdentifier(spki: Uint8Array): Buffer {
  return hash('sha1', publicKeyBits(spki), 'buffer')
}

export const subjectKeyIdentifier = (identifier: Uint8Array): Buffer =>
  extension(SUBJECT_KEY_IDENTIFIER, octetString(identifier))

/** §4.2.1.1 */
export const authorityKeyIdentifier = (identifier: Uint8Array): Buffer =>
  extension(oid(OID.authorityKeyIdentifier), sequence(implicit(0, identifier)))

/** §4.2.1.9, critical in a CA certificate. */
export const basicConstraintsCa = (pathLength: number): Buffer =>
  criticalExtension(oid(OID.basicConstraints), sequence(boolean(true), integer(pathLength)))

/** §4.2.1.3: bit 0 is digitalSignature, 5 keyCertSign, 6 cRLSign. */
export const keyUsage = (...bits: readonly number[]): Buffer =>
  criticalExtension(oid(OID.keyUsage), namedBits(...bits))

/** §4.2.1.12 */
export const extKeyUsage = (purpose: 'clientAuth' | 'serverAuth'): Buffer =>
  extension(oid(OID.extKeyUsage), sequence(oid(OID[purpose])))

export type AlternativeName =
  | { readonly kind: 'uri'; readonly value: string }
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: string }

/** §4.2.1.6 */
export function subjectAltName(names: readonly AlternativeName[]): Buffer {
  return extension(SUBJECT_ALT_NAME, sequence(...names.map(generalName)))
}

function generalName({ kind, value }: AlternativeName): Buffer {
  if (kind === 'ip') return implicit(7, addressOctets(value))
  return implicit(kind === 'dns' ? 2 : 6, Buffer.from(value, 'ascii'))
}

/** The octets of a SubjectPublicKeyInfo's BIT STRING. */
function publicKeyBits(spki: Uint8Array): Uint8Array {
  const outer = spanAt(spki, 0)
  const algorithm = spanAt(spki, outer.start)
  const bits = spanAt(spki, algorithm.end)
  return spki.subarray(bits.start + 1, bits.end)
}
