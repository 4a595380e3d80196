import { parseSelector } from '../registry/selector.ts'
import { type DeviceView, deviceView, isoTime } from './device-view.ts'
import type { Fleet } from './fleet.ts'
import { selectDevices } from './select-devices.ts'

export interface DeviceListing {
  readonly devices: readonly DeviceView[]
  /** How many the selector chooses; more than `devices` when --limit cut them. */
  readonly total: number
  /** Ids seen with a certificate of this fleet that the registry does not know; only when nothing was selected. */
  readonly unknown: readonly UnknownView[]
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
}

const UNKNOWN_SHOWN = 100

/** @throws UsageError `SELECTOR_SYNTAX` · NotFoundError `DEVICE_UNKNOWN` */
export async function listDevices(fleet: Fleet, request: ListRequest): Promise<DeviceListing> {
  const { words, includeRetired, limit } = request
  const registry = await fleet.registry()
  const devices = await selectDevices(registry, words, { includeRetired, limit })
  const isCut = limit !== undefined && devices.length === limit
  const selector = words.length === 0 ? undefined : parseSelector(words)
  const total = isCut ? await registry.countDevices({ selector, includeRetired }) : devices.length
  const unknown = words.length === 0 ? await registry.unknown({ limit: UNKNOWN_SHOWN }) : []
  return {
    devices: devices.map(deviceView),
    total,
    unknown: unknown.map(({ id, lastSeen }) => ({ id, lastSeen: isoTime(lastSeen) })),
  }
}
