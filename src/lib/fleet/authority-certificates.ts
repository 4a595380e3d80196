import { AUTHORITY_NAMES, readCertificate } from '../pki/authorities.ts'
import type { AuthorityName } from '../pki/authority.ts'
import { readKeyText, readRevocations } from '../pki/authority-files.ts'
import { thumbprintOf } from '../pki/describe-certificate.ts'
import { nameText } from '../pki/name-text.ts'
import { isEncrypted } from '../pki/private-key.ts'
import { isoTime } from './device-view.ts'
import type { FleetDirectory } from './directory.ts'

/** One of the fleet's CAs. */
export interface AuthorityView {
  readonly name: AuthorityName
  readonly subject: string
  readonly issuer: string
  /** SHA-256 over the DER, lower-case hex: what to compare by telephone. */
  readonly thumbprint: string
  readonly notBefore: string
  readonly notAfter: string
  /** Whether its private key is on this machine. */
  readonly key: 'encrypted' | 'unencrypted' | 'elsewhere'
  readonly crl: {
    readonly number: number
    readonly revoked: number
    readonly thisUpdate: string
    readonly nextUpdate: string
  }
}

/** What `ca show` prints with --json. */
export interface AuthoritiesView {
  readonly fleet: string
  readonly authorities: readonly AuthorityView[]
}

/** The CAs as they lie in the fleet directory; no key is opened. @throws NotFoundError `CA_MISSING`, `CRL_MISSING` */
export async function showAuthorities(fleet: {
  readonly name: string
  readonly directory: FleetDirectory
}): Promise<AuthoritiesView> {
  const { ca } = fleet.directory
  const authorities = await Promise.all(AUTHORITY_NAMES.map((name) => authorityView(ca, name)))
  return { fleet: fleet.name, authorities }
}

async function authorityView(ca: string, name: AuthorityName): Promise<AuthorityView> {
  const certificate = await readCertificate(ca, name)
  const { number, revoked, thisUpdate, nextUpdate } = await readRevocations(ca, name)
  const key = await readKeyText(ca, name)
  const encryption = key !== undefined && isEncrypted(key) ? 'encrypted' : 'unencrypted'
  return {
    name,
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    thumbprint: thumbprintOf(certificate),
    notBefore: isoTime(Date.parse(certificate.validFrom)),
    notAfter: isoTime(Date.parse(certificate.validTo)),
    key: key === undefined ? 'elsewhere' : encryption,
    crl: { number, revoked: revoked.size, thisUpdate: isoTime(thisUpdate), nextUpdate: isoTime(nextUpdate) },
  }
}
