import { systemClock } from '../base/clock.ts'
import { openAuthority, writeCrl } from '../pki/authorities.ts'
import type { Authority, AuthorityName } from '../pki/authority.ts'
import { readRevocations } from '../pki/authority-files.ts'
import { REVOCATION_REASONS } from '../pki/crl.ts'
import type { CertificateRecord } from '../registry/device.ts'
import { isoTime } from './device-view.ts'
import { everyCertificate } from './every-certificate.ts'
import type { Fleet } from './fleet.ts'

/** A list that was signed. */
export interface PublishedCrl {
  readonly authority: AuthorityName
  readonly number: number
  /** How many certificates are on it. */
  readonly revoked: number
  readonly thisUpdate: string
  readonly nextUpdate: string
}

/**
 * Signs the revocation list of a CA anew from the registry, which is the truth of it: repeated after a kill, nothing
 * is lost. Brokers take it over by a reload.
 */
export async function publishCrl(
  fleet: Fleet,
  name: AuthorityName,
  passphrase: () => Promise<string>,
): Promise<PublishedCrl> {
  return signCrlOf(fleet, await openAuthority(fleet.directory.ca, name, fleet.name, passphrase))
}

/**
 * The same with a CA that is open already.
 * @param also what the registry is about to say as well
 */
export async function signCrlOf(
  fleet: Fleet,
  authority: Authority,
  also: readonly CertificateRecord[] = [],
): Promise<PublishedCrl> {
  const { ca } = fleet.directory
  const { name } = authority
  const records = await everyCertificate(await fleet.registry(), { issuer: name, revoked: true })
  const entries = [...records, ...also.filter(({ issuer }) => issuer === name)].map(entryOf)
  const { number } = await readRevocations(ca, name)
  await writeCrl(ca, name, authority.signCrl(entries, number + 1, systemClock.now()))
  const written = await readRevocations(ca, name)
  return {
    authority: name,
    number: written.number,
    revoked: written.revoked.size,
    thisUpdate: isoTime(written.thisUpdate),
    nextUpdate: isoTime(written.nextUpdate),
  }
}

function entryOf({ serial, revokedAt, revokedReason }: CertificateRecord) {
  const reason = REVOCATION_REASONS.find((known) => known === revokedReason)
  return { serial, at: revokedAt!, ...(reason && { reason }) }
}
