import type { Latest, Measurement, Series } from './measurement.ts'

/** Where measurements live. SQLite embedded, QuestDB for operators; both pass the contract suite of this port. */
export interface TelemetryStore extends AsyncDisposable {
  /**
   * Stores measurements; resolves when they survive `kill -9` (with `sync: full`, power loss). Writing the same
   * (device, metric, at) again replaces value and text, so a redelivered message is stored once.
   * @throws UnreachableError `STORE_…` when nothing of the batch may be taken as stored
   */
  write(batch: readonly Measurement[]): Promise<void>
  /** The newest measurement of each (device, metric) asked for; by device, then metric. */
  latest(query: LatestQuery): Promise<readonly Latest[]>
  /** Stored points of the asked-for devices and metrics in [from, to) (µs); at most `limit` newest points a series. */
  series(query: SeriesQuery): Promise<readonly Series[]>
  /** Deletes what is older than the moment (µs), in whole days; answers how many days went. */
  expire(before: number): Promise<number>
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
