import type { Fleet } from './fleet.ts'
import { type LatestView, latestView } from './latest-view.ts'
import { selectDevices } from './select-devices.ts'
import { nothingSelected } from './tail-scope.ts'

export interface LatestValues {
  /** By device, then metric. */
  readonly latest: readonly LatestView[]
}

export interface LatestRequest {
  /** A selector; no words choose all, devices that the registry does not know included. */
  readonly words: readonly string[]
  /** None: all. */
  readonly metrics: readonly string[]
  readonly limit: number | undefined
}

/** @throws UsageError `SELECTOR_SYNTAX` · NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED` */
export async function latestValues(fleet: Fleet, request: LatestRequest): Promise<LatestValues> {
  const { words, metrics, limit } = request
  const devices = words.length === 0 ? undefined : await storedDevices(fleet, words)
  const store = await fleet.telemetry()
  const latest = await store.latest({
    devices,
    metrics: metrics.length === 0 ? undefined : metrics,
    ...(limit === undefined ? {} : { limit }),
  })
  return { latest: latest.map(latestView) }
}

/**
 * The ids of the devices that are chosen; what a retired device reported stays readable.
 * @throws NotFoundError `NOTHING_SELECTED`
 */
export async function storedDevices(fleet: Fleet, words: readonly string[]): Promise<readonly string[]> {
  const devices = await selectDevices(await fleet.registry(), words, { includeRetired: true })
  if (devices.length === 0) throw nothingSelected()
  return devices.map(({ id }) => id)
}
