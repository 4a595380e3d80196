import { formatDuration } from '../base/duration.ts'
import { UsageError } from '../base/errors.ts'
import type { Bucket } from '../telemetry/measurement.ts'
import type { Fleet } from './fleet.ts'
import { storedDevices } from './latest-values.ts'
import { isoMicroseconds, type Reported, reportedValue } from './latest-view.ts'

/** What an interval's numbers can be summed up in. */
export const AGGREGATES = ['count', 'avg', 'min', 'max', 'last'] as const
export type Aggregate = (typeof AGGREGATES)[number]

export interface QueryRequest {
  /** A selector. */
  readonly words: readonly string[]
  /** None: all. */
  readonly metrics: readonly string[]
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Milliseconds that are summed up in one row; undefined: every value as it was stored. */
  readonly interval: number | undefined
  /** Of each interval. */
  readonly aggregates: readonly Aggregate[]
  /** Rows of each series at most, the newest. */
  readonly limit: number
}

/** What `telemetry query` prints with --json. */
export interface QueryResult {
  readonly from: string
  readonly to: string
  /** Seconds; null: values as they were stored. */
  readonly interval: number | null
  readonly rows: readonly QueryRow[]
  /** Series of which only the newest rows are here. */
  readonly cut: number
}

export interface QueryRow {
  readonly device: string
  readonly metric: string
  /** Where the interval begins, or the moment of the value. */
  readonly at: string
  /** Values by name: `value`, or the aggregates asked for. */
  readonly values: Readonly<Record<string, Reported>>
}

/**
 * Stored values of the devices chosen, by device, metric and time.
 * @throws NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED` · UsageError `TIME_RANGE`, `INTERVAL`
 */
export async function queryTelemetry(fleet: Fleet, request: QueryRequest): Promise<QueryResult> {
  const { words, from, to, interval, limit } = request
  if (from >= to) throw new UsageError('TIME_RANGE', 'The time asked for ends before it begins.')
  const devices = await storedDevices(fleet, words)
  const series = interval === undefined ? valuesOf : intervalsOf
  const { rows, cut } = cutTo(limit, await series(fleet, devices, request))
  return {
    from: isoMicroseconds(from * 1000),
    to: isoMicroseconds(to * 1000),
    interval: interval === undefined ? null : interval / 1000,
    rows,
    cut,
  }
}

type Read = (
  fleet: Fleet,
  devices: readonly string[],
  request: QueryRequest,
) => Promise<readonly (readonly QueryRow[])[]>

/** One more than shown tells whether there are more. */
const valuesOf: Read = async (fleet, devices, { metrics, from, to, limit }) => {
  const store = await fleet.telemetry()
  const span = { from: from * 1000, to: to * 1000 }
  const series = await store.series({ devices, metrics: anyOf(metrics), ...span, limit: limit + 1 })
  return series.map(({ device, metric, points }) =>
    points.map((point) => ({
      device,
      metric,
      at: isoMicroseconds(point.at),
      values: { value: reportedValue(point) },
    })),
  )
}

const intervalsOf: Read = async (fleet, devices, { metrics, from, to, interval = 0, aggregates }) => {
  const width = Math.round(interval)
  if (width < 1 || (to - from) / width > MOST_INTERVALS) throw tooManyIntervals(to - from)
  const store = await fleet.telemetry()
  const span = { from: from * 1000, to: to * 1000, interval: width * 1000 }
  const series = await store.buckets({ devices, metrics: anyOf(metrics), ...span })
  return series.map(({ device, metric, buckets }) =>
    buckets.map((bucket) => ({
      device,
      metric,
      at: isoMicroseconds(bucket.at),
      values: aggregated(bucket, aggregates),
    })),
  )
}

/** More intervals than this are no summary. */
const MOST_INTERVALS = 100_000

function aggregated(bucket: Bucket, aggregates: readonly Aggregate[]): Record<string, number> {
  return Object.fromEntries(aggregates.map((name) => [name, bucket[name]]))
}

function cutTo(limit: number, series: readonly (readonly QueryRow[])[]): Pick<QueryResult, 'rows' | 'cut'> {
  return {
    rows: series.flatMap((rows) => rows.slice(-limit)),
    cut: series.filter((rows) => rows.length > limit).length,
  }
}

function anyOf(metrics: readonly string[]): readonly string[] | undefined {
  return metrics.length === 0 ? undefined : metrics
}

function tooManyIntervals(span: number): UsageError {
  const least = formatDuration(span / MOST_INTERVALS)
  return new UsageError('INTERVAL', `The interval makes more than ${MOST_INTERVALS} rows of this time.`, {
    hint: `Give at least ${least}.`,
  })
}
