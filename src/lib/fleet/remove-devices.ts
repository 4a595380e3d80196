import { systemClock } from '../base/clock.ts'
import { takeLock } from '../base/process-lock.ts'
import type { Registry } from '../registry/registry.ts'
import { tellBroker } from './bar-devices.ts'
import type { Fleet } from './fleet.ts'
import { publishCrl } from './publish-crl.ts'
import type { ReloadResult } from './reload-broker.ts'
import { checkAffected, selectDevices } from './select-devices.ts'

export interface RemoveRequest {
  readonly words: readonly string[]
  readonly maxAffected: number
  readonly passphrase: () => Promise<string>
  /** Asked with the ids before anything is changed; throws to stop. */
  readonly confirm: (devices: readonly string[]) => Promise<void>
}

/** What `device remove` prints with --json. */
export interface RemoveResult {
  readonly devices: readonly string[]
  /** Serials revoked now. */
  readonly revoked: readonly string[]
  readonly broker: ReloadResult['broker']
  readonly evicted: readonly string[]
}

/**
 * Retires devices for good: barred at once, their certificates revoked and on the CRL, their ids not given out again.
 * What they reported stays. The registry comes first; killed after it, the same line again completes the rest.
 * @throws NotFoundError `DEVICE_UNKNOWN` · UsageError `TOO_MANY` · RefusedError `CA_PASSPHRASE`
 */
export async function removeDevices(fleet: Fleet, request: RemoveRequest): Promise<RemoveResult> {
  const registry = await fleet.registry()
  const devices = (await selectDevices(registry, request.words, { includeRetired: true })).map(({ id }) => id)
  checkAffected(devices.length, request.maxAffected)
  await request.confirm(devices)
  const { passphrase } = request
  using _lock = await takeLock(fleet.directory.lock('revoke'), { what: 'A revocation', wait: 10_000 })
  const revoked = await serialsOf(registry, devices)
  const { name: actor } = await fleet.operator()
  const subject = devices.length === 1 ? devices[0]! : `${devices.length} devices`
  await registry.change(
    actor,
    { action: 'device.remove', subject, details: { devices, revoked } },
    async (write) => {
      await write.setLife(devices, 'retired')
      await write.revokeCertificates(revoked, systemClock.now())
    },
  )
  await publishCrl(fleet, 'devices', passphrase)
  const { broker, evicted } = await tellBroker(fleet)
  return { devices, revoked, broker, evicted }
}

async function serialsOf(registry: Registry, devices: readonly string[]): Promise<readonly string[]> {
  const serials: string[] = []
  for (const subject of devices) {
    const certificates = await registry.certificates({ subject, profile: 'device', revoked: false })
    serials.push(...certificates.map(({ serial }) => serial))
  }
  return serials
}
