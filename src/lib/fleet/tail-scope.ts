import { deviceTelemetryFilters, telemetryFilters } from '../mqtt/topics.ts'
import type { Fleet } from './fleet.ts'
import { nothingSelected, selectDevices } from './select-devices.ts'

/** What to subscribe to, and which devices of what then comes are meant. */
export interface TailScope {
  readonly filters: readonly string[]
  readonly wants: (device: string) => boolean
}

/** Each message is compared with every filter: for more devices than this one wide filter and a set cost less. */
const OWN_FILTERS = 50

/**
 * Without words everything, and the registry is not asked.
 * @throws UsageError `SELECTOR_SYNTAX` · NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED`
 */
export async function tailScope(fleet: Fleet, words: readonly string[]): Promise<TailScope> {
  if (words.length === 0) return { filters: telemetryFilters(fleet.name), wants: () => true }
  const ids = (await selectDevices(fleet, words, { includeRetired: true })).map(({ id }) => id)
  if (ids.length === 0) throw nothingSelected()
  const chosen = new Set(ids)
  const filters =
    ids.length > OWN_FILTERS
      ? telemetryFilters(fleet.name)
      : ids.flatMap((id) => deviceTelemetryFilters(fleet.name, id))
  return { filters, wants: (device) => chosen.has(device) }
}
