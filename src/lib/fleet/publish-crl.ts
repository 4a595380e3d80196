import { systemClock } from '../base/clock.ts'
import { openAuthority, readCrl, writeCrl } from '../pki/authorities.ts'
import type { AuthorityName } from '../pki/authority.ts'
import type { RevokedEntry } from '../pki/crl.ts'
import { parseCrl } from '../pki/parse-crl.ts'
import type { Registry } from '../registry/registry.ts'
import type { Fleet } from './fleet.ts'

const PAGE = 1000

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
  const revoked = await revokedBy(await fleet.registry(), name)
  const { number } = parseCrl(await readCrl(ca, name))
  const authority = await openAuthority(ca, name, fleet.name, passphrase)
  await writeCrl(ca, name, authority.signCrl(revoked, number + 1, systemClock.now()))
  return revoked.length
}

async function revokedBy(registry: Registry, issuer: AuthorityName): Promise<readonly RevokedEntry[]> {
  const entries: RevokedEntry[] = []
  for (let after: string | undefined; ; ) {
    const page = await registry.certificates({ issuer, revoked: true, after, limit: PAGE })
    for (const { serial, revokedAt } of page) entries.push({ serial, at: revokedAt! })
    if (page.length < PAGE) return entries
    after = page.at(-1)!.serial
  }
}
