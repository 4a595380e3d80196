import { foldId } from '../registry/device.ts'
import type { Fleet } from './fleet.ts'
import { type DeviceCourse, lastHourOf } from './last-hour.ts'
import { type LatestView, latestView } from './latest-view.ts'
import { nothingSelected, selectDevices } from './select-devices.ts'
import { listening } from './service-facts.ts'
import { unknownMetric } from './unknown-metric.ts'

export interface LatestValues {
  /** By device, then metric. */
  readonly latest: readonly LatestView[]
  /** The course of the numbers among them; none where there are more than {@link MOST_COURSES} devices. */
  readonly lastHour: readonly DeviceCourse[]
  /** Devices among them that are missed. */
  readonly silent: readonly string[]
}

/** The hours of more devices cost more than they tell, and nobody reads on that far. */
const MOST_COURSES = 50

export interface LatestRequest {
  /** A selector; no words choose all, devices that the registry does not know included. */
  readonly words: readonly string[]
  /** None: all. */
  readonly metrics: readonly string[]
  readonly limit: number | undefined
}

/** Values that are looked at for the names of metrics, where none has the name that was asked for. */
const LOOKED_AT = 1000

/**
 * @throws UsageError `SELECTOR_SYNTAX`
 * @throws NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED`; `METRIC_UNKNOWN` when other metrics are stored of them
 */
export async function latestValues(fleet: Fleet, request: LatestRequest, now: number): Promise<LatestValues> {
  const { words, limit } = request
  const metrics = request.metrics.length === 0 ? undefined : request.metrics
  const devices = words.length === 0 ? undefined : await storedDevices(fleet, words)
  const store = await fleet.telemetry()
  const latest = await store.latest({
    devices,
    metrics,
    ...(limit === undefined ? {} : { limit }),
  })
  if (latest.length === 0 && metrics !== undefined) {
    const others = await store.latest({ devices, limit: LOOKED_AT })
    if (others.length > 0) {
      throw unknownMetric(
        metrics,
        others.map(({ metric }) => metric),
      )
    }
  }
  const shown = [...new Set(latest.map(({ device }) => device))]
  const lastHour =
    shown.length > MOST_COURSES ? [] : await lastHourOf(store, { devices: shown, metrics }, now)
  return { latest: latest.map(latestView), lastHour, silent: await silentOf(fleet, shown, now) }
}

async function silentOf(fleet: Fleet, devices: readonly string[], now: number): Promise<readonly string[]> {
  const { until, absence } = await listening(fleet, now)
  const missed = await (await fleet.registry()).silent({
    now: until,
    absence,
    limit: Number.MAX_SAFE_INTEGER,
  })
  const silent = new Set(missed.map(({ id }) => foldId(id)))
  return devices.filter((id) => silent.has(foldId(id)))
}

/**
 * The ids of the devices that are chosen; what a retired device reported stays readable.
 * @throws NotFoundError `NOTHING_SELECTED`
 */
export async function storedDevices(fleet: Fleet, words: readonly string[]): Promise<readonly string[]> {
  const devices = await selectDevices(fleet, words, { includeRetired: true })
  if (devices.length === 0) throw nothingSelected()
  return devices.map(({ id }) => id)
}
