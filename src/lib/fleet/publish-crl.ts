import { systemClock } from '../base/clock.ts'
import { writeCrl } from '../pki/authorities.ts'
import type { Authority, AuthorityName } from '../pki/authority.ts'
import { readRevocations } from '../pki/authority-files.ts'
import { REVOCATION_REASONS } from '../pki/crl.ts'
import type { ParsedCrl } from '../pki/parse-crl.ts'
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
 * Signs the revocation list of a CA anew from the registry: repeated after a kill, nothing is lost. What stands on the
 * list and not in the registry (one restored from an older backup) stays on it: nobody comes in again who was put out.
 * Brokers take it over by a reload.
 * @param also what the registry is about to say as well
 * @param before what counts as the list so far, where the one that lies there cannot be read
 */
export async function signCrlOf(
  fleet: Fleet,
  authority: Authority,
  also: readonly CertificateRecord[] = [],
  before?: Pick<ParsedCrl, 'number' | 'revoked'>,
): Promise<PublishedCrl> {
  const { ca } = fleet.directory
  const { name } = authority
  const records = await everyCertificate(await fleet.registry(), { issuer: name, revoked: true })
  const { number, revoked } = before ?? (await readRevocations(ca, name))
  const known = [...records, ...also.filter(({ issuer }) => issuer === name)].map(entryOf)
  const serials = new Set(known.map(({ serial }) => serial))
  const others = [...revoked].filter(([serial]) => !serials.has(serial))
  const entries = [...known, ...others.map(([serial, at]) => ({ serial, at }))]
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
