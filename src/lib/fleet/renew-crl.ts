import { takeLock } from '../base/process-lock.ts'
import { openAuthority } from '../pki/authorities.ts'
import type { AuthorityName } from '../pki/authority.ts'
import { tellBroker } from './bar-devices.ts'
import type { Fleet } from './fleet.ts'
import { type PublishedCrl, signCrlOf } from './publish-crl.ts'
import type { ReloadResult } from './reload-broker.ts'

/** What `cert crl` prints with --json. */
export interface RenewedCrl extends PublishedCrl, Pick<ReloadResult, 'broker' | 'evicted'> {}

/**
 * Signs the revocation list of a CA from what the registry says now, and has the broker read it: after a restore, or
 * when a list was damaged.
 * @throws NotFoundError `CA_KEY_MISSING` · RefusedError `CA_PASSPHRASE` · UnreachableError `BROKER_NOT_TOLD`
 */
export async function renewCrl(
  fleet: Fleet,
  name: AuthorityName,
  passphrase: () => Promise<string>,
): Promise<RenewedCrl> {
  const registry = await fleet.registry()
  const { name: actor } = await fleet.operator()
  const authority = await openAuthority(fleet.directory.ca, name, fleet.name, passphrase)
  using _lock = await takeLock(fleet.directory.lock('revoke'), { what: 'A revocation', wait: 10_000 })
  await registry.change(actor, { action: 'cert.crl', subject: name }, async () => {})
  const list = await signCrlOf(fleet, authority)
  const { broker, evicted } = await tellBroker(fleet)
  return { ...list, broker, evicted }
}
