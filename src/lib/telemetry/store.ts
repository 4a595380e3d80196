import { UsageError } from '../base/errors.ts'
import type { BucketSeries, Latest, Series } from './measurement.ts'
import type { Measurements } from './measurements.ts'

/** Where measurements live. SQLite embedded, QuestDB for operators; both pass the contract suite of this port. */
export interface TelemetryStore extends AsyncDisposable {
  /** Whether `latest` knows a value whose day is deleted, and `expire` is what deletes; else the store does it itself. */
  readonly keepsLatest: boolean
  /**
   * Stores measurements; resolves when they survive `kill -9` (with `sync: full`, power loss). Writing the same
   * (device, metric, at) again replaces value and text, so a redelivered message is stored once. A question that is
   * asked afterwards finds it; only a server that is seconds behind with its own log answers older.
   * @throws UnreachableError `STORE_…` when nothing of the batch may be taken as stored
   * @throws RowRefusedError when rows can never be stored; nothing of the batch may be taken as stored
   */
  write(batch: Measurements): Promise<void>
  /** The newest measurement of each (device, metric) asked for; by device, then metric. */
  latest(query: LatestQuery): Promise<readonly Latest[]>
  /**
   * Stored points of the asked-for devices and metrics in [from, to) (µs), at most `limit` newest points a series; by
   * device, then metric, without series that have no point there.
   */
  series(query: SeriesQuery): Promise<readonly Series[]>
  /** The same, summed up over intervals: what a plot of a month needs instead of millions of points. Numbers only. */
  buckets(query: BucketQuery): Promise<readonly BucketSeries[]>
  /**
   * Deletes what is older than the moment (µs), in whole days; answers how many days went. Nothing is left to do where
   * the store keeps the retention itself.
   */
  expire(before: number): Promise<number>
  stats(): Promise<StoreStats>
  /** The metrics that are stored of each of these devices; a device without any is left out. */
  metrics(devices: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
}

export interface LatestQuery {
  /** undefined: all. */
  readonly devices?: readonly string[] | undefined
  readonly metrics?: readonly string[] | undefined
  readonly limit?: number
}

export interface SeriesQuery {
  readonly devices: readonly string[]
  readonly metrics?: readonly string[] | undefined
  /** Integer microseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly limit?: number
}

export interface BucketQuery {
  readonly devices: readonly string[]
  readonly metrics?: readonly string[] | undefined
  /** Integer microseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Width in microseconds. Buckets begin at its multiples since 1970, whatever `from` is. */
  readonly interval: number
}

export interface StoreStats {
  /** Devices that ever reported. */
  readonly devices: number
  /** (device, metric) that were ever reported. */
  readonly series: number
  /** Days that something is stored of. */
  readonly days: number
  readonly bytes: number
  /** Moments of the first and the last measurement that is stored (µs); undefined: none. */
  readonly oldest: number | undefined
  readonly newest: number | undefined
}

/** Rows that the store can never take, and why each. The others can be stored without them. */
export class RowRefusedError extends UsageError {
  /** By index in the batch. */
  readonly rows: ReadonlyMap<number, string>
  /** What a message becomes a dead letter for. */
  readonly reason: 'store' | 'metrics'

  constructor(rows: ReadonlyMap<number, string>, reason: 'store' | 'metrics' = 'store', cause?: unknown) {
    const [first = ''] = rows.values()
    super('STORE_ROW', first, { layer: 'store', cause })
    this.rows = rows
    this.reason = reason
  }

  static one(row: number, message: string): RowRefusedError {
    return new RowRefusedError(new Map([[row, message]]))
  }
}

export function metricsByDevice(
  series: Iterable<{ readonly device: string; readonly metric: string }>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { device, metric } of series) {
    const metrics = found.get(device)
    if (metrics === undefined) found.set(device, [metric])
    else metrics.push(metric)
  }
  return found
}

/** What a store that was opened for reading says to a writer: a bug. */
export function writeForbidden(): Promise<never> {
  return Promise.reject(new Error('The telemetry store is open for reading.'))
}
