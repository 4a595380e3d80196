import type { Measurements } from './measurements.ts'
import { quote } from './rejection.ts'
import { SeriesMap } from './series-map.ts'
import type { SeriesName } from './series-name.ts'
import { RowRefusedError, type TelemetryStore } from './store.ts'

/** Names that are kept in memory; with more they are asked for again now and then. */
const KEPT = 1_000_000

type Store = Pick<TelemetryStore, 'metrics' | 'write'>

/**
 * The writing of a store, with a bound on the metrics of one device. Whoever makes names up (a counter in a key, a
 * broken parser) would otherwise let the store's dictionary grow for ever. What the store holds counts, so the bound
 * survives a restart; what a device has once reported goes on being stored.
 * @returns writes, or throws RowRefusedError with the reason `metrics` for every row that is over the bound
 */
export function boundedWrite(store: Store, most: number): TelemetryStore['write'] {
  const known = new KnownMetrics(store)
  return async (batch) => {
    const fresh = known.missing(batch)
    if (fresh.length > 0) {
      await known.load(fresh.map((row) => batch.series(row).device))
      const over = rowsOver(batch, fresh, { known, most })
      if (over.size > 0) throw new RowRefusedError(over, 'metrics')
    }
    await store.write(batch)
    for (const row of fresh) known.add(batch.series(row))
  }
}

/** What each device has reported, as far as it was asked for. */
class KnownMetrics {
  readonly #store: Pick<TelemetryStore, 'metrics'>
  #devices = new Map<string, Set<string>>()
  /** The same, for a quick look. */
  readonly #certain = new SeriesMap<true>()
  #kept = 0

  constructor(store: Pick<TelemetryStore, 'metrics'>) {
    this.#store = store
  }

  /** Rows of metrics that are not known. */
  missing(batch: Measurements): readonly number[] {
    const rows: number[] = []
    for (let row = 0; row < batch.length; row++) {
      const series = batch.series(row)
      if (this.#certain.get(series) === true) continue
      if (this.#devices.get(series.device)?.has(series.metric) === true) this.#certain.set(series, true)
      else rows.push(row)
    }
    return rows
  }

  /** Asks the store for devices that are not known at all. */
  async load(devices: readonly string[]): Promise<void> {
    if (this.#kept > KEPT) this.#forget()
    const unknown = [...new Set(devices)].filter((device) => !this.#devices.has(device))
    if (unknown.length === 0) return
    const stored = await this.#store.metrics(unknown)
    for (const device of unknown) {
      const metrics = new Set(stored.get(device))
      this.#devices.set(device, metrics)
      this.#kept += metrics.size
    }
  }

  /** Of a device that is loaded. */
  of(device: string): ReadonlySet<string> {
    return this.#devices.get(device)!
  }

  add({ device, metric }: SeriesName): void {
    const metrics = this.#devices.get(device)!
    if (!metrics.has(metric)) this.#kept++
    metrics.add(metric)
  }

  #forget(): void {
    this.#devices = new Map()
    this.#certain.clear()
    this.#kept = 0
  }
}

/** Which of the rows are new metrics beyond the bound, and why each is refused. */
function rowsOver(
  batch: Measurements,
  rows: readonly number[],
  { known, most }: { readonly known: KnownMetrics; readonly most: number },
): ReadonlyMap<number, string> {
  const over = new Map<number, string>()
  const added = new Map<string, Set<string>>()
  for (const row of rows) {
    const { device, metric } = batch.series(row)
    const stored = known.of(device)
    if (stored.has(metric)) continue
    const own = added.get(device) ?? new Set()
    added.set(device, own)
    if (!own.has(metric) && stored.size + own.size >= most) over.set(row, tooMany(metric, most))
    else own.add(metric)
  }
  return over
}

function tooMany(metric: string, most: number): string {
  return `${quote(metric)} would be metric ${most + 1} of the device; telemetry.metrics-per-device in fleet.yaml is ${most}.`
}
