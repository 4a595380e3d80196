import { NotFoundError, UnreachableError } from '../base/errors.ts'
import type { Device } from '../registry/device.ts'
import type { Fleet } from './fleet.ts'
import { type ReloadResult, reloadBroker } from './reload-broker.ts'
import { checkAffected, selectSome } from './select-devices.ts'

export interface BarRequest {
  /** A selector. */
  readonly words: readonly string[]
  readonly maxAffected: number
}

/** What `device block` and `device unblock` print with --json. */
export interface BarResult {
  /** Changed now. */
  readonly devices: readonly string[]
  /** Were so before. */
  readonly already: readonly string[]
  readonly broker: ReloadResult['broker']
  readonly evicted: ReloadResult['evicted']
}

/**
 * Blocks devices, or lets them in again, and tells the broker: no CA key is needed, and when this resolves it is so.
 * An id that only the broker has seen (its certificate is the fleet's, the registry does not know it) can be blocked
 * too: it is registered for that.
 * @throws NotFoundError `DEVICE_UNKNOWN` · UsageError `TOO_MANY` · UnreachableError `BROKER_NOT_TOLD`
 */
export async function barDevices(fleet: Fleet, blocked: boolean, request: BarRequest): Promise<BarResult> {
  const { chosen, strangers } = await choose(fleet, request.words)
  const changing = chosen.filter((device) => device.blocked !== blocked).map(({ id }) => id)
  const devices = [...changing, ...strangers]
  checkAffected(devices.length, request.maxAffected)
  if (devices.length > 0) await change(fleet, blocked, devices, strangers)
  const already = chosen.filter((device) => device.blocked === blocked).map(({ id }) => id)
  const { broker, evicted } = await tellBroker(fleet)
  return { devices, already, broker, evicted }
}

async function change(
  fleet: Fleet,
  blocked: boolean,
  devices: readonly string[],
  strangers: readonly string[],
) {
  const registry = await fleet.registry()
  const { name: actor } = await fleet.operator()
  const action = blocked ? 'device.block' : 'device.unblock'
  const subject = devices.length === 1 ? devices[0]! : `${devices.length} devices`
  await registry.change(actor, { action, subject, details: { devices } }, async (write) => {
    await write.addDevices(strangers.map((id) => ({ id, life: 'registered', tags: {} })))
    await write.setBlocked(devices, blocked)
  })
}

/** The devices that are chosen, and the ids among the words that only services have seen. */
async function choose(
  fleet: Fleet,
  words: readonly string[],
): Promise<{ readonly chosen: readonly Device[]; readonly strangers: readonly string[] }> {
  try {
    return { chosen: await selectSome(fleet, words), strangers: [] }
  } catch (error) {
    if (!(error instanceof NotFoundError) || error.code !== 'DEVICE_UNKNOWN' || words.length !== 1)
      throw error
    const registry = await fleet.registry()
    const stranger = (await registry.unknown()).find(({ id }) => id.toLowerCase() === words[0]!.toLowerCase())
    if (stranger === undefined) throw error
    return { chosen: [], strangers: [stranger.id] }
  }
}

/** The registry has it already: what failed is only the telling, and that can be repeated. */
export async function tellBroker(fleet: Fleet): Promise<ReloadResult> {
  try {
    return await reloadBroker(fleet)
  } catch (error) {
    const why = error instanceof Error ? ` ${error.message}` : ''
    throw new UnreachableError(
      'BROKER_NOT_TOLD',
      `It stands in the registry, but the broker could not be told.${why}`,
      {
        hint: 'Until the broker knows, it is not so. Tell it: flotilla broker reload',
        layer: 'mqtt',
        cause: error,
      },
    )
  }
}
