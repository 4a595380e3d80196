import type { X509Certificate } from 'node:crypto'
import { nameText } from './name-text.ts'
import { OID } from './oids.ts'
import { type ParsedCertificate, parseCertificate } from './parse-certificate.ts'
import type { GeneralName } from './parse-extensions.ts'
import { keyName } from './public-key.ts'

/** One certificate in words; texts in it come from whoever made it. */
export interface CertificateDescription {
  /** The CN where that is all, else every field of the name. */
  readonly subject: string
  readonly issuer: string
  /** Upper-case hex. */
  readonly serial: string
  /** SHA-256 over the DER, lower-case hex. */
  readonly thumbprint: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** `P-256`, `RSA 2048`, … */
  readonly key: string
  readonly isAuthority: boolean
  /** `DNS:mqtt.acme.example`, `IP:10.0.0.1`, `URI:urn:…` */
  readonly names: readonly string[]
  /** In the words of RFC 5280 §4.2.1.3; empty: not limited. */
  readonly keyUsage: readonly string[]
  /** `clientAuth`, `serverAuth`, else the OID; empty: not limited. */
  readonly purposes: readonly string[]
  /** Hex, or null. */
  readonly subjectKeyIdentifier: string | null
  readonly authorityKeyIdentifier: string | null
}

/**
 * @param given PEM or DER, or what is parsed already
 * @throws UsageError `CERTIFICATE_FORMAT`
 */
export function describeCertificate(given: Uint8Array | ParsedCertificate): CertificateDescription {
  const { certificate, publicKey, notBefore, notAfter, extensions } =
    given instanceof Uint8Array ? parseCertificate(given) : given
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    serial: certificate.serialNumber,
    thumbprint: thumbprintOf(certificate),
    notBefore,
    notAfter,
    key: keyName(publicKey),
    isAuthority: certificate.ca,
    names: extensions.names.map(alternativeNameText),
    keyUsage: (extensions.keyUsage ?? []).map((bit) => KEY_USAGE[bit] ?? `bit ${bit}`),
    purposes: (extensions.purposes ?? []).map((id) => PURPOSES[id] ?? id),
    subjectKeyIdentifier: extensions.subjectKeyIdentifier ?? null,
    authorityKeyIdentifier: extensions.authorityKeyIdentifier ?? null,
  }
}

/** SHA-256 over the DER, lower-case hex. */
export function thumbprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase()
}

/** By the number of the bit (§4.2.1.3). */
const KEY_USAGE = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]
const PURPOSES: Readonly<Record<string, string>> = {
  [OID.clientAuth]: 'clientAuth',
  [OID.serverAuth]: 'serverAuth',
}

function alternativeNameText({ kind, value }: GeneralName): string {
  return kind === 'other' ? 'other' : `${kind.toUpperCase()}:${value}`
}
