import { NotFoundError, UsageError } from '../base/errors.ts'
import { foldId, type Tags } from '../registry/device.ts'
import type { NewCertificate, Registry } from '../registry/registry.ts'
import { deviceCertificate } from './device-certificate.ts'
import type { Fleet } from './fleet.ts'
import { checkAffected } from './select-devices.ts'

export interface ImportRequest {
  /** Who was seen. */
  readonly ids: readonly string[]
  /** Files with certificates: whoever they name, seen or not, and also one that is registered without it. */
  readonly certificates: readonly string[]
  readonly tags: Tags
  readonly maxAffected: number
}

/** What `device import` prints with --json. */
export interface ImportResult {
  /** Registered now. */
  readonly devices: readonly string[]
  /** Certificates that the registry knows from now on: whose, and the serial that revokes them. */
  readonly certificates: readonly Pick<NewCertificate, 'subject' | 'serial'>[]
}

/**
 * Registers devices whose certificate is of the fleet's CA and that the registry does not know: after a restore, or
 * when another station has issued them. Either they were seen, or their certificate is given, which proves as much and
 * can be revoked then: an id that nobody has seen would be a guess.
 * @throws NotFoundError `DEVICE_NOT_SEEN`, `CERTIFICATE_UNKNOWN` · UsageError `DEVICE_EXISTS`, `TOO_MANY`,
 *   `CERTIFICATE_…` · VerificationError `CERTIFICATE_BAD`
 */
export async function importDevices(fleet: Fleet, request: ImportRequest): Promise<ImportResult> {
  const { tags, maxAffected } = request
  const { devices, issued, certificates } = await missing(fleet, request)
  const affected = distinct([...devices, ...certificates.map(({ subject }) => subject)])
  checkAffected(affected.length, maxAffected)
  if (affected.length > 0) {
    const { name: actor } = await fleet.operator()
    const subject = affected.length === 1 ? affected[0]! : `${affected.length} devices`
    const details = { devices, tags, certificates: certificates.map(({ serial }) => serial) }
    await (await fleet.registry()).change(
      actor,
      { action: 'device.import', subject, details },
      async (write) => {
        await write.addDevices(devices.map((id) => ({ id, life: 'issued', tags })))
        await write.setLife(issued, 'issued')
        await write.addCertificates(certificates)
      },
    )
  }
  return { devices, certificates: certificates.map(({ subject, serial }) => ({ subject, serial })) }
}

/** What the registry does not have yet. */
interface Missing {
  readonly devices: readonly string[]
  /** Are registered, and as it turns out have a certificate. */
  readonly issued: readonly string[]
  readonly certificates: readonly NewCertificate[]
}

async function missing(fleet: Fleet, request: ImportRequest): Promise<Missing> {
  const registry = await fleet.registry()
  const given: NewCertificate[] = []
  for (const what of request.certificates) given.push(await deviceCertificate(fleet.directory, what))
  const named = request.ids.filter((id) => !given.some(({ subject }) => foldId(subject) === foldId(id)))
  const seen = await seenAmong(registry, named)
  const certificates = await unknownAmong(registry, given)
  const holders = given.map(({ subject }) => subject)
  const known = await registry.known(holders)
  return {
    devices: distinct([...holders.filter((id) => !known.has(id)), ...seen]),
    issued: [...known.values()].filter(({ life }) => life === 'registered').map(({ id }) => id),
    certificates,
  }
}

/** Each once, without those that the registry has. */
async function unknownAmong(
  registry: Registry,
  given: readonly NewCertificate[],
): Promise<readonly NewCertificate[]> {
  const unknown = new Map<string, NewCertificate>()
  for (const certificate of given) {
    const { serial } = certificate
    if ((await registry.certificates({ serial })).length === 0) unknown.set(serial, certificate)
  }
  return [...unknown.values()]
}

/** The ids in the spelling of their certificates. */
async function seenAmong(registry: Registry, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const seen = new Map((await registry.unknown()).map(({ id }) => [foldId(id), id]))
  const known = await registry.known(ids)
  return ids.map((id) => {
    const found = seen.get(foldId(id))
    if (found === undefined) throw known.has(id) ? exists(id) : notSeen(id)
    return found
  })
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Map(ids.map((id) => [foldId(id), id])).values()]
}

function exists(id: string): UsageError {
  return new UsageError('DEVICE_EXISTS', `Device ${id} is in the registry already.`, {
    hint: `flotilla device show ${id}`,
  })
}

function notSeen(id: string): NotFoundError {
  return new NotFoundError(
    'DEVICE_NOT_SEEN',
    `Nobody has connected as ${JSON.stringify(id)} by a certificate of this fleet.`,
    {
      hint: 'Give its certificate: --cert FILE. Those who were seen: flotilla broker refused. A new one: flotilla device provision ID',
    },
  )
}
