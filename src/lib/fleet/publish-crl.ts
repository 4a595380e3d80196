import { systemClock } from '../base/clock.ts'
import { openAuthority, writeCrl } from '../pki/authorities.ts'
import type { AuthorityName } from '../pki/authority.ts'
import { readRevocations } from '../pki/authority-files.ts'
import { everyCertificate } from './every-certificate.ts'
import type { Fleet } from './fleet.ts'

/**
 * Signs the revocation list of a CA anew from the registry, which is the truth of it: repeated after a kill, nothing
 * is lost. Brokers take it over by a reload.
 * @returns how many certificates are on it
 */
export async function publishCrl(
  fleet: Fleet,
  name: AuthorityName,
  passphrase: () => Promise<string>,
): Promise<number> {
  const { ca } = fleet.directory
  const records = await everyCertificate(await fleet.registry(), { issuer: name, revoked: true })
  const revoked = records.map(({ serial, revokedAt }) => ({ serial, at: revokedAt! }))
  const { number } = await readRevocations(ca, name)
  const authority = await openAuthority(ca, name, fleet.name, passphrase)
  await writeCrl(ca, name, authority.signCrl(revoked, number + 1, systemClock.now()))
  return revoked.length
}
