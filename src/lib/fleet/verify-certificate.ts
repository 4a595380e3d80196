import { systemClock } from '../base/clock.ts'
import { VerificationError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import { AUTHORITY_NAMES, readCertificate } from '../pki/authorities.ts'
import { readRevocations } from '../pki/authority-files.ts'
import { nameText } from '../pki/name-text.ts'
import type { ParsedCertificate } from '../pki/parse-certificate.ts'
import { type Check, type Purpose, type VerifyOptions, verifyCertificate } from '../pki/verify-certificate.ts'
import type { FleetDirectory } from './directory.ts'
import { type FoundCertificate, requireCertificate } from './find-certificate.ts'

/** What `cert verify` prints with --json. */
export interface CertificateVerification {
  readonly subject: string
  readonly serial: string
  readonly source: string
  readonly purpose: Purpose
  readonly checks: readonly Check[]
}

/**
 * Verifies a certificate by the CAs and revocation lists of the fleet.
 * @param purpose what it is to be good for; else what the CA that signed it certifies, a client where that is unknown
 * @throws NotFoundError `CERTIFICATE_UNKNOWN` · UsageError `CERTIFICATE_FORMAT`
 */
export async function verifyByFleet(
  directory: FleetDirectory,
  what: string,
  purpose?: Purpose,
): Promise<CertificateVerification> {
  const found = await requireCertificate(directory, what)
  const expected = purpose ?? (await purposeOf(directory, found))
  const checks = await checkByFleet(directory, found, expected)
  const { subject, serialNumber: serial } = found.certificate
  return { subject: nameText(subject), serial, source: found.source, purpose: expected, checks }
}

/** All checks against the fleet's CAs and lists, at this moment. */
export async function checkByFleet(
  directory: FleetDirectory,
  found: FoundCertificate,
  purpose: Purpose,
): Promise<readonly Check[]> {
  return verifyCertificate(found, { ...(await trustOf(directory)), purpose, key: found.key })
}

/** A check that failed ends the command with exit 9. @throws VerificationError `CERTIFICATE_BAD` */
export function refuseBad({ subject, checks }: Pick<CertificateVerification, 'subject' | 'checks'>): void {
  const bad = checks.filter(({ result }) => result === 'bad')
  if (bad.length === 0) return
  const reasons = bad.map(({ check, reason }) => `${check}: ${reason}`).join('; ')
  throw new VerificationError('CERTIFICATE_BAD', printable(`${subject} does not verify: ${reasons}.`), {
    layer: 'certificate',
  })
}

async function trustOf(
  directory: FleetDirectory,
): Promise<Pick<VerifyOptions, 'authorities' | 'crls' | 'at'>> {
  const authorities = await Promise.all(AUTHORITY_NAMES.map((name) => readCertificate(directory.ca, name)))
  const crls = await Promise.all(AUTHORITY_NAMES.map((name) => readRevocations(directory.ca, name)))
  return { authorities, crls, at: systemClock.now() }
}

async function purposeOf(directory: FleetDirectory, { certificate }: ParsedCertificate): Promise<Purpose> {
  const servers = await readCertificate(directory.ca, 'servers')
  return certificate.checkIssued(servers) ? 'serverAuth' : 'clientAuth'
}
