import type { X509Certificate } from 'node:crypto'
import { isDeviceId, isStaffName } from '../../base/names.ts'
import { OID } from '../../pki/oids.ts'
import type { RefusedReason } from '../broker.ts'

/** Which of the two listeners. */
export type PeerKind = 'device' | 'staff'

/** Who is at the other end of a connection, proven by a certificate. */
export interface Peer {
  readonly kind: PeerKind
  /** CN: a device's id, or `op.…`, `svc.…`. */
  readonly name: string
  /** Upper-case hex. */
  readonly serial: string
  readonly address: string
}

export interface RefusedPeer {
  /** CN as far as there is one, else the address. From outside: never shown raw. */
  readonly identity: string
  readonly reason: RefusedReason
}

/** What a handshake has shown. */
export interface Shown {
  readonly kind: PeerKind
  readonly address: string
  readonly certificate: X509Certificate | undefined
  /** OpenSSL's verdict by Node's code; undefined: the path to the trust anchor holds. */
  readonly fault: string | undefined
  /** Whom the other listener trusts: who is signed by one of those has come to the wrong port. */
  readonly others: readonly X509Certificate[]
}

/** OpenSSL's verdicts (X509_V_ERR_…) in the words of this port; any other is `bad-certificate`. */
const FAULTS: Readonly<Record<string, RefusedReason>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  CERT_REVOKED: 'revoked',
  INVALID_PURPOSE: 'wrong-purpose',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-ca',
  CERT_SIGNATURE_FAILURE: 'unknown-ca',
  // There is a CRL of every CA that is trusted, so this one is not.
  UNABLE_TO_GET_CRL: 'unknown-ca',
}

const LONGEST_NAME = 64

/**
 * Decides who it is, or why nobody gets in. Time and revocation are asked again although TLS has: a resumed session
 * brings the verdict of its first handshake.
 * @param revoked serials of the listener's CRLs
 * @param now milliseconds since 1970
 */
export function judgePeer(
  { kind, address, certificate, fault, others }: Shown,
  revoked: { has(serial: string): boolean },
  now: number,
): Peer | RefusedPeer {
  if (certificate === undefined) return { identity: address, reason: 'no-certificate' }
  const names = commonNames(certificate)
  const identity = (names[0] ?? '').slice(0, LONGEST_NAME) || address
  const refuse = (reason: RefusedReason): RefusedPeer => ({ identity, reason })
  if (fault !== undefined) {
    const reason = FAULTS[fault] ?? 'bad-certificate'
    return refuse(reason === 'unknown-ca' && isSignedByAny(certificate, others) ? 'wrong-port' : reason)
  }
  const serial = certificate.serialNumber
  if (revoked.has(serial)) return refuse('revoked')
  if (now > Date.parse(certificate.validTo)) return refuse('expired')
  if (now < Date.parse(certificate.validFrom)) return refuse('not-yet-valid')
  if (!isForClients(certificate)) return refuse('wrong-purpose')
  const name = names[0]
  const isGood = kind === 'device' ? isDeviceId : isStaffName
  if (name === undefined || names.length > 1 || !isGood(name)) return refuse('bad-name')
  return { kind, name, serial, address }
}

function isSignedByAny(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
}

/** Node gives a Name as lines of `field=value`. */
function commonNames({ subject }: X509Certificate): readonly string[] {
  const lines = (subject ?? '').split('\n').filter((line) => line.startsWith('CN='))
  return lines.map((line) => line.slice('CN='.length))
}

/** RFC 5280 §4.2.1.12; Node calls the purposes `keyUsage`. A certificate that names none may be used for any. */
function isForClients({ keyUsage }: X509Certificate): boolean {
  return keyUsage === undefined || keyUsage.includes(OID.clientAuth)
}
