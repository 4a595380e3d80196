import { NotFoundError, UsageError } from '../base/errors.ts'
import { foldId, type Tags } from '../registry/device.ts'
import type { Fleet } from './fleet.ts'
import { checkAffected } from './select-devices.ts'

export interface ImportRequest {
  readonly ids: readonly string[]
  readonly tags: Tags
  readonly maxAffected: number
}

/** What `device import` prints with --json. */
export interface ImportResult {
  readonly devices: readonly string[]
}

/**
 * Registers devices that were seen with a certificate of the fleet's CA and that the registry does not know: after a
 * restore, or when another station has issued them. Only those: an id that nobody has seen would be a guess.
 * @throws NotFoundError `DEVICE_NOT_SEEN` · UsageError `DEVICE_EXISTS`, `TOO_MANY`
 */
export async function importDevices(fleet: Fleet, request: ImportRequest): Promise<ImportResult> {
  const registry = await fleet.registry()
  const seen = new Map((await registry.unknown()).map(({ id }) => [foldId(id), id]))
  const known = await registry.known(request.ids)
  const devices = new Set<string>()
  for (const id of request.ids) {
    const found = seen.get(foldId(id))
    if (found === undefined) throw known.has(id) ? exists(id) : notSeen(id)
    devices.add(found)
  }
  checkAffected(devices.size, request.maxAffected)
  const ids = [...devices]
  const { name: actor } = await fleet.operator()
  const subject = ids.length === 1 ? ids[0]! : `${ids.length} devices`
  const { tags } = request
  await registry.change(
    actor,
    { action: 'device.import', subject, details: { devices: ids, tags } },
    (write) => write.addDevices(ids.map((id) => ({ id, life: 'issued', tags }))),
  )
  return { devices: ids }
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
      hint: `Give it a certificate: flotilla device provision ID. Those who were seen: flotilla broker refused`,
    },
  )
}
