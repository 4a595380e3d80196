import { type KeyObject, randomFillSync, sign } from 'node:crypto'
import { UsageError } from '../base/errors.ts'
import {
  bitString,
  context,
  header,
  integer,
  oid,
  sequence,
  setOf,
  unsignedInteger,
  utf8String,
} from './der.ts'
import { OID } from './oids.ts'

/** AlgorithmIdentifier ecdsa-with-SHA256: no parameters (RFC 5758 §3.2). */
export const ECDSA_WITH_SHA256 = sequence(oid(OID.ecdsaWithSha256))

const VERSION_3 = context(0, integer(2))
const SERIAL_BYTES = 16
const CN = oid(OID.commonName)

/** Upper bound of a CN in characters (RFC 5280 appendix A.1, ub-common-name). */
const LONGEST_NAME = 64

/** A Name of one CN (RFC 5280 §4.1.2.4). @throws UsageError `NAME_LENGTH` */
export function commonName(text: string): Buffer {
  if (text === '' || text.length > LONGEST_NAME) {
    const why = `A certificate's name has 1 to ${LONGEST_NAME} characters; ${JSON.stringify(text)} has ${text.length}.`
    throw new UsageError('NAME_LENGTH', why, { hint: "Of a server's hosts put a shorter one first." })
  }
  return sequence(setOf(sequence(CN, utf8String(text))))
}

const pool = { bytes: Buffer.alloc(SERIAL_BYTES * 256), next: 256 }

/** 16 random octets, positive and never short (§4.1.2.2: at most 20, unique for each CA). Drawn 256 at a time. */
export function randomSerial(): Buffer {
  if (pool.next === 256) {
    randomFillSync(pool.bytes)
    pool.next = 0
  }
  const serial = Buffer.from(pool.bytes.subarray(pool.next * SERIAL_BYTES, (pool.next + 1) * SERIAL_BYTES))
  pool.next += 1
  serial[0] = (serial[0]! & 0x7f) | 0x40
  return serial
}

/** What differs from certificate to certificate; everything is DER already. */
export interface CertificateParts {
  readonly serial: Uint8Array
  readonly issuer: Uint8Array
  readonly validity: Uint8Array
  readonly subject: Uint8Array
  readonly spki: Uint8Array
  /** Concatenated Extension values. */
  readonly extensions: readonly Uint8Array[]
}

/** Signs a Certificate (RFC 5280 §4.1) with a P-256 key. */
export function signCertificate(parts: CertificateParts, key: KeyObject): Buffer {
  const { serial, issuer, validity, subject, spki, extensions } = parts
  const length = extensions.reduce((sum, extension) => sum + extension.length, 0)
  const list = header(0x30, length)
  const outer = header(0xa3, list.length + length)
  return signed(
    sequence(
      VERSION_3,
      unsignedInteger(serial),
      ECDSA_WITH_SHA256,
      issuer,
      validity,
      subject,
      spki,
      outer,
      list,
      ...extensions,
    ),
    key,
  )
}

/** SEQUENCE { toBeSigned, algorithm, signature }: certificates and CRLs alike. */
export function signed(toBeSigned: Uint8Array, key: KeyObject): Buffer {
  return sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(sign('sha256', toBeSigned, key)))
}
