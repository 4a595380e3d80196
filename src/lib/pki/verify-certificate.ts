import { createPrivateKey, type X509Certificate } from 'node:crypto'
import { type CertificatePath, certificatePath } from './certificate-path.ts'
import { nameText } from './name-text.ts'
import { OID } from './oids.ts'
import { extensionsOf, type ParsedCertificate } from './parse-certificate.ts'
import type { ParsedCrl } from './parse-crl.ts'

/** What a certificate is to be good for. */
export type Purpose = 'clientAuth' | 'serverAuth'

export interface VerifyOptions {
  /** CAs that are trusted; those that signed themselves are the roots. */
  readonly authorities: readonly X509Certificate[]
  readonly crls: readonly ParsedCrl[]
  /** Milliseconds since 1970. */
  readonly at: number
  readonly purpose: Purpose
  /** The private key that should belong to it, PEM; undefined when it is not here. */
  readonly key?: string | undefined
}

export interface Check {
  readonly check: 'chain' | 'time' | 'purpose' | 'revoked' | 'key'
  readonly result: 'ok' | 'bad' | 'skipped'
  /** A clause that says what was found. */
  readonly reason: string
}

/**
 * Puts to a certificate every question that a broker or a device would, each answered by itself, so that an expired
 * certificate from a wrong CA says both.
 * @throws Malformed when a CA of the path cannot be read
 */
export function verifyCertificate(parsed: ParsedCertificate, options: VerifyOptions): readonly Check[] {
  const { certificate } = parsed
  const path = certificatePath(certificate, options.authorities)
  const known = typeof path === 'string' ? [] : path
  return [
    typeof path === 'string' ? bad('chain', path) : ok('chain', chainText(path)),
    checkTime([certificate, ...known], options.at),
    checkPurpose(parsed, known, options.purpose),
    typeof path === 'string'
      ? { check: 'revoked', result: 'skipped', reason: 'without a chain nobody can say' }
      : checkRevoked([certificate, ...path], options),
    checkKey(certificate, options.key),
  ]
}

const ok = (check: Check['check'], reason: string): Check => ({ check, result: 'ok', reason })
const bad = (check: Check['check'], reason: string): Check => ({ check, result: 'bad', reason })

function chainText(path: CertificatePath): string {
  const names = path.map(({ subject }) => nameText(subject))
  return names.length === 0 ? 'is a root of this fleet' : `signed by ${names.join(', by ')}`
}

/** RFC 5280 §6.1.3 (a)(2), for the certificate and every CA above it. */
function checkTime(certificates: readonly X509Certificate[], at: number): Check {
  for (const { subject, validFrom, validTo } of certificates) {
    const name = nameText(subject)
    if (at < Date.parse(validFrom)) return bad('time', `${name} is not valid before ${iso(validFrom)}`)
    if (at > Date.parse(validTo)) return bad('time', `${name} ended ${iso(validTo)}`)
  }
  const first = certificates.map(({ validTo }) => Date.parse(validTo)).sort((a, b) => a - b)[0]!
  return ok('time', `good until ${new Date(first).toISOString()}`)
}

const DIGITAL_SIGNATURE = 0

/** §4.2.1.3 and §4.2.1.12; a purpose that a CA above does not have is not there either, as TLS libraries see it. */
function checkPurpose(
  { certificate, extensions }: ParsedCertificate,
  path: CertificatePath,
  purpose: Purpose,
): Check {
  if (certificate.ca) return bad('purpose', 'it is a CA')
  if (extensions.unknownCritical !== undefined)
    return bad('purpose', `it is limited by ${extensions.unknownCritical}, which nobody here knows`)
  if (extensions.keyUsage !== undefined && !extensions.keyUsage.includes(DIGITAL_SIGNATURE))
    return bad('purpose', 'its key may not sign')
  if (!allows(extensions.purposes, purpose)) return bad('purpose', `it is not for ${purpose}`)
  const narrow = path.find((authority) => !allows(extensionsOf(authority).purposes, purpose))
  if (narrow !== undefined) return bad('purpose', `${nameText(narrow.subject)} may not sign for ${purpose}`)
  return ok('purpose', purpose)
}

function allows(purposes: readonly string[] | undefined, purpose: Purpose): boolean {
  return purposes === undefined || purposes.includes(OID[purpose])
}

/** §6.3.3, for the certificate and every CA above it: each issuer has a list in force, and they are not on it. */
function checkRevoked(chain: readonly X509Certificate[], { crls, at }: VerifyOptions): Check {
  for (const [index, { subject, serialNumber }] of chain.entries()) {
    const issuer = chain[index + 1] ?? chain[index]!
    const issuerName = nameText(issuer.subject)
    const crl = newest(crls.filter((candidate) => candidate.isSignedBy(issuer.publicKey)))
    if (crl === undefined) return bad('revoked', `there is no revocation list of ${issuerName}`)
    if (at < crl.thisUpdate || at > crl.nextUpdate)
      return bad('revoked', `the revocation list of ${issuerName} is not in force`)
    const revokedAt = crl.revoked.get(serialNumber)
    if (revokedAt !== undefined)
      return bad('revoked', `${nameText(subject)} was revoked ${new Date(revokedAt).toISOString()}`)
  }
  return ok('revoked', 'on no revocation list')
}

function newest(crls: readonly ParsedCrl[]): ParsedCrl | undefined {
  return crls.toSorted((one, other) => other.number - one.number)[0]
}

function checkKey(certificate: X509Certificate, key: string | undefined): Check {
  if (key === undefined) return { check: 'key', result: 'skipped', reason: 'the private key is not here' }
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
      ? ok('key', 'the private key is its own')
      : bad('key', 'the private key beside it is of another certificate')
  } catch {
    return bad('key', 'the private key beside it cannot be read')
  }
}

function iso(opensslTime: string): string {
  return new Date(opensslTime).toISOString()
}
