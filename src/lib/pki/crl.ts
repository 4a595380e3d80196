import type { KeyObject } from 'node:crypto'
import { ECDSA_WITH_SHA256, signed } from './certificate-builder.ts'
import { context, integer, octetString, oid, sequence, TAG, tagged, time, unsignedInteger } from './der.ts'
import { OID } from './oids.ts'
import { pem } from './pem.ts'

/** CRLReason of RFC 5280 §5.3.1, as far as we give one. */
const REASONS = { unspecified: 0, keyCompromise: 1, superseded: 4, cessationOfOperation: 5 } as const
export type RevocationReason = keyof typeof REASONS
export const REVOCATION_REASONS = Object.keys(REASONS) as readonly RevocationReason[]

export interface RevokedEntry {
  /** Hex. */
  readonly serial: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly reason?: RevocationReason
}

export interface CrlParts {
  readonly issuer: Uint8Array
  readonly authorityKeyIdentifier: Uint8Array
  readonly key: KeyObject
  readonly revoked: readonly RevokedEntry[]
  readonly number: number
  readonly thisUpdate: number
  readonly nextUpdate: number
}

/** A CertificateList, version 2 (RFC 5280 §5.1), as PEM. */
export function signCrl(parts: CrlParts): string {
  const { issuer, key, revoked, thisUpdate, nextUpdate, number, authorityKeyIdentifier } = parts
  const crlNumber = sequence(oid(OID.crlNumber), octetString(integer(number)))
  const toBeSigned = sequence(
    integer(1),
    ECDSA_WITH_SHA256,
    issuer,
    time(thisUpdate),
    time(nextUpdate),
    // §5.1.2.6: absent, not empty, when nothing is revoked.
    ...(revoked.length === 0 ? [] : [sequence(Buffer.concat(revoked.map(revokedCertificate)))]),
    context(0, sequence(authorityKeyIdentifier, crlNumber)),
  )
  return pem('X509 CRL', signed(toBeSigned, key))
}

function revokedCertificate({ serial, at, reason }: RevokedEntry): Buffer {
  const hex = serial.length % 2 === 0 ? serial : `0${serial}`
  const entry = [unsignedInteger(Buffer.from(hex, 'hex')), time(at)]
  // §5.3.1: "unspecified" is said by leaving the extension out.
  if (reason === undefined || reason === 'unspecified') return sequence(...entry)
  const code = tagged(TAG.enumerated, Buffer.from([REASONS[reason]]))
  return sequence(...entry, sequence(sequence(oid(OID.reasonCode), octetString(code))))
}
