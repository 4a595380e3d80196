import { systemClock } from '../base/clock.ts'
import { FlotillaError } from '../base/errors.ts'
import { takeLock } from '../base/process-lock.ts'
import { openAuthority } from '../pki/authorities.ts'
import type { AuthorityName } from '../pki/authority.ts'
import { readRevocations } from '../pki/authority-files.ts'
import type { ParsedCrl } from '../pki/parse-crl.ts'
import { tellBroker } from './bar-devices.ts'
import type { Fleet } from './fleet.ts'
import { type PublishedCrl, signCrlOf } from './publish-crl.ts'
import type { ReloadResult } from './reload-broker.ts'

/** What `cert crl` prints with --json. */
export interface RenewedCrl extends PublishedCrl, Pick<ReloadResult, 'broker' | 'evicted'> {}

export interface RenewCrl {
  readonly passphrase: () => Promise<string>
  /** Go by the registry alone, if the list that lies there cannot be read. */
  readonly force: boolean
}

/**
 * Signs the revocation list of a CA from what the registry says now, and has the broker read it: after a restore, or
 * when a list was damaged (`force`).
 * @throws NotFoundError `CA_KEY_MISSING` · RefusedError `CA_PASSPHRASE` · UnreachableError `BROKER_NOT_TOLD`
 */
export async function renewCrl(
  fleet: Fleet,
  name: AuthorityName,
  { passphrase, force }: RenewCrl,
): Promise<RenewedCrl> {
  const registry = await fleet.registry()
  const { name: actor } = await fleet.operator()
  const authority = await openAuthority(fleet.directory.ca, name, fleet.name, passphrase)
  using _lock = await takeLock(fleet.directory.lock('revoke'), { what: 'A revocation', wait: 10_000 })
  await registry.change(actor, { action: 'cert.crl', subject: name }, async () => {})
  const list = await signCrlOf(fleet, authority, [], force ? await readableList(fleet, name) : undefined)
  const { broker, evicted } = await tellBroker(fleet)
  return { ...list, broker, evicted }
}

/**
 * The list as it lies there, else an empty one. Numbers must go up (RFC 5280 §5.2.3) and the last one is lost: the
 * seconds since 1970 are more than any fleet has signed.
 */
async function readableList(
  { directory }: Fleet,
  name: AuthorityName,
): Promise<Pick<ParsedCrl, 'number' | 'revoked'>> {
  try {
    return await readRevocations(directory.ca, name)
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    return { number: Math.floor(systemClock.now() / 1000), revoked: new Map() }
  }
}
