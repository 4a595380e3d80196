import { systemClock } from '../base/clock.ts'
import { takeLock } from '../base/process-lock.ts'
import { openAuthority } from '../pki/authorities.ts'
import type { CertificateRecord } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import { tellBroker } from './bar-devices.ts'
import type { Fleet } from './fleet.ts'
import { signCrlOf } from './publish-crl.ts'
import type { ReloadResult } from './reload-broker.ts'
import { checkAffected, selectSome } from './select-devices.ts'

export interface RemoveRequest {
  readonly words: readonly string[]
  readonly maxAffected: number
  readonly passphrase: () => Promise<string>
  /** Asked with the ids before anything is changed; throws to stop. */
  readonly confirm: (devices: readonly string[]) => Promise<void>
}

/** What `device remove` prints with --json. */
export interface RemoveResult {
  /** Retired now. */
  readonly devices: readonly string[]
  /** Were retired before. */
  readonly already: readonly string[]
  /** Serials revoked now. */
  readonly revoked: readonly string[]
  readonly broker: ReloadResult['broker']
  readonly evicted: ReloadResult['evicted']
}

/**
 * Retires devices for good: their certificates revoked and on the CRL, barred, their ids not given out again. What
 * they reported stays. Without the key of the CA nothing is changed; the list comes before the registry (see
 * revoke-certificates.ts), and killed between the two the same line again completes the rest.
 * @throws NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED`, `CA_KEY_MISSING` · UsageError `TOO_MANY` ·
 *   RefusedError `CA_PASSPHRASE` · UnreachableError `BROKER_NOT_TOLD`
 */
export async function removeDevices(fleet: Fleet, request: RemoveRequest): Promise<RemoveResult> {
  const registry = await fleet.registry()
  const chosen = await selectSome(fleet, request.words, { includeRetired: true })
  const devices = chosen.filter(({ life }) => life !== 'retired').map(({ id }) => id)
  const already = chosen.filter(({ life }) => life === 'retired').map(({ id }) => id)
  checkAffected(devices.length, request.maxAffected)
  if (devices.length > 0) await request.confirm(devices)
  const authority = await openAuthority(fleet.directory.ca, 'devices', fleet.name, request.passphrase)
  using _lock = await takeLock(fleet.directory.lock('revoke'), { what: 'A revocation', wait: 10_000 })
  const certificates = await liveCertificates(registry, [...devices, ...already])
  const at = systemClock.now()
  await signCrlOf(
    fleet,
    authority,
    certificates.map((one) => ({ ...one, revokedAt: at, revokedReason: REASON })),
  )
  const revoked = certificates.map(({ serial }) => serial)
  if (devices.length + revoked.length > 0) await retire(fleet, devices, revoked, at)
  const { broker, evicted } = await tellBroker(fleet)
  return { devices, already, revoked, broker, evicted }
}

const REASON = 'cessationOfOperation'

async function retire(
  fleet: Fleet,
  devices: readonly string[],
  revoked: readonly string[],
  at: number,
): Promise<void> {
  const { name: actor } = await fleet.operator()
  const subject = devices.length === 1 ? devices[0]! : `${devices.length} devices`
  const entry = { action: 'device.remove', subject, details: { devices, revoked } }
  await (await fleet.registry()).change(actor, entry, async (write) => {
    await write.setLife(devices, 'retired')
    await write.revokeCertificates(revoked, at, REASON)
  })
}

async function liveCertificates(
  registry: Registry,
  devices: readonly string[],
): Promise<readonly CertificateRecord[]> {
  const live: CertificateRecord[] = []
  for (const subject of devices) {
    live.push(...(await registry.certificates({ subject, profile: 'device', revoked: false })))
  }
  return live
}
