import { namesRetired } from '../registry/selector.ts'
import { type DeviceView, deviceView, isoTime } from './device-view.ts'
import type { Fleet } from './fleet.ts'
import { type KeepRequest, keepSet } from './keep-set.ts'
import { readSelector } from './read-selector.ts'
import { devicesOf } from './select-devices.ts'

export interface DeviceListing {
  readonly devices: readonly DeviceView[]
  /** How many the selector chooses; more than `devices` when --limit cut them. */
  readonly total: number
  /** Ids seen with a certificate of this fleet that the registry does not know; only when nothing was selected. */
  readonly unknown: readonly UnknownView[]
  /** The name of the set that they were kept as. */
  readonly kept: string | null
}

export interface UnknownView {
  readonly id: string
  readonly lastSeen: string
}

export interface ListRequest {
  /** A selector; no words choose all. */
  readonly words: readonly string[]
  readonly includeRetired: boolean
  readonly limit: number | undefined
  /** All that are chosen are kept under a name, whatever of them is shown. */
  readonly keep: KeepRequest | undefined
}

const UNKNOWN_SHOWN = 100

/** @throws what `readSelector`, `devicesOf` and `keepSet` throw */
export async function listDevices(fleet: Fleet, request: ListRequest): Promise<DeviceListing> {
  const { words, limit, keep } = request
  const registry = await fleet.registry()
  const read = await readSelector(fleet, words, Date.now())
  const includeRetired = request.includeRetired || (read !== undefined && namesRetired(read.selector))
  const chosen = await devicesOf(registry, read, {
    includeRetired,
    limit: keep === undefined ? limit : undefined,
  })
  const devices = chosen.slice(0, limit)
  const isCut = keep === undefined && devices.length === limit
  const total = isCut ? await registry.countDevices({ ...read, includeRetired }) : chosen.length
  if (keep !== undefined)
    await keepSet(
      fleet,
      keep,
      chosen.map(({ id }) => id),
      words,
    )
  const unknown = words.length === 0 ? await registry.unknown({ limit: UNKNOWN_SHOWN }) : []
  return {
    devices: devices.map(deviceView),
    total,
    unknown: unknown.map(({ id, lastSeen }) => ({ id, lastSeen: isoTime(lastSeen) })),
    kept: keep?.name ?? null,
  }
}
