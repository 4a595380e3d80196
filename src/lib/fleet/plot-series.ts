import { formatDuration } from '../base/duration.ts'
import { NotFoundError, TimedOutError, UsageError } from '../base/errors.ts'
import type { BucketSeries } from '../telemetry/measurement.ts'
import type { TelemetryStore } from '../telemetry/store.ts'
import type { Fleet } from './fleet.ts'
import { storedDevices } from './latest-values.ts'
import { isoMicroseconds } from './latest-view.ts'
import { unknownMetric } from './unknown-metric.ts'

export interface PlotRequest {
  /** A selector. */
  readonly words: readonly string[]
  readonly metric: string
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Milliseconds that are summed up in one point; undefined: what suits the time. */
  readonly interval: number | undefined
}

/** What a plot shows, as `--json` prints it. */
export interface PlotData {
  readonly metric: string
  readonly from: string
  readonly to: string
  /** Seconds that are summed up in one point. */
  readonly interval: number
  readonly series: readonly PlotLine[]
}

export interface PlotLine {
  readonly device: string
  readonly points: readonly PlotValue[]
}

/** The values of one interval. */
export interface PlotValue {
  /** Where it begins. */
  readonly at: string
  readonly count: number
  readonly avg: number
  readonly min: number
  readonly max: number
}

/** More lines than this nobody can tell apart. */
const MOST_LINES = 6
/** Points of a line by default: more than the widest terminal has dots. */
const POINTS = 400
const FIVE_MINUTES = 300_000
/** Points of a line at most. */
const MOST_POINTS = 100_000

/**
 * Stored numbers of one metric, summed up over intervals.
 * @throws NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED`, `METRIC_UNKNOWN`, `METRIC_TEXT`
 * @throws UsageError `TOO_MANY_LINES`, `TIME_RANGE`, `INTERVAL`
 * @throws TimedOutError `NOTHING_CAME` when the metric exists and has no number in this time
 */
export async function plotSeries(fleet: Fleet, request: PlotRequest): Promise<PlotData> {
  const { words, metric, from, to } = request
  if (from >= to) throw new UsageError('TIME_RANGE', 'The time to plot ends before it begins.')
  const interval = intervalOf(request)
  const devices = await storedDevices(fleet, words)
  if (devices.length > MOST_LINES) throw tooMany(devices.length)
  const store = await fleet.telemetry()
  const micro = { from: from * 1000, to: to * 1000, interval: interval * 1000 }
  const lines = await store.buckets({ devices, metrics: [metric], ...micro })
  if (lines.length === 0) throw await nothingToPlot(store, devices, metric, { from, to })
  return {
    metric,
    from: isoMicroseconds(micro.from),
    to: isoMicroseconds(micro.to),
    interval: interval / 1000,
    series: lines.map(lineOf),
  }
}

function intervalOf({ from, to, interval }: PlotRequest): number {
  const whole = Math.round(interval ?? suitingInterval(to - from))
  if (whole >= 1 && (to - from) / whole <= MOST_POINTS) return whole
  const least = formatDuration((to - from) / MOST_POINTS)
  throw new UsageError('INTERVAL', `The interval makes more than ${MOST_POINTS} points of this time.`, {
    hint: `Give at least ${least}.`,
  })
}

/** Longer ones in whole five minutes: of those a store may keep the sums. */
function suitingInterval(time: number): number {
  const least = Math.max(1, time / POINTS)
  return least < FIVE_MINUTES ? least : Math.ceil(least / FIVE_MINUTES) * FIVE_MINUTES
}

function lineOf({ device, buckets }: BucketSeries): PlotLine {
  return {
    device,
    points: buckets.map(({ at, count, avg, min, max }) => ({
      at: isoMicroseconds(at),
      count,
      avg,
      min,
      max,
    })),
  }
}

/** Why there is nothing: no such metric, no number of it, or another time. */
async function nothingToPlot(
  store: TelemetryStore,
  devices: readonly string[],
  metric: string,
  { from, to }: { readonly from: number; readonly to: number },
) {
  const latest = await store.latest({ devices })
  const same = latest.filter((one) => one.metric === metric)
  if (same.length === 0) {
    return unknownMetric(
      [metric],
      latest.map((one) => one.metric),
    )
  }
  const newest = same.reduce((last, one) => (one.at > last.at ? one : last))
  if (newest.value === undefined) {
    return new NotFoundError('METRIC_TEXT', `${metric} is text, not a number: nothing can be plotted.`, {
      hint: `flotilla telemetry latest ${newest.device} shows it.`,
    })
  }
  const age = Date.now() - newest.at / 1000
  const hint = newest.at < from * 1000 ? `: --last ${roundUp(age)}` : ', so choose another time.'
  return new TimedOutError(
    'NOTHING_CAME',
    `No value of ${metric} came in these ${formatDuration(to - from)}.`,
    {
      hint: `The newest is ${formatDuration(age)} old${hint}`,
    },
  )
}

function tooMany(count: number): UsageError {
  return new UsageError('TOO_MANY_LINES', `${count} devices are more than a plot can tell apart.`, {
    hint: `Choose at most ${MOST_LINES}.`,
  })
}

/** A duration to type that reaches a little further back than this. */
function roundUp(age: number): string {
  const minutes = Math.ceil(age / 60_000) + 1
  if (minutes < 120) return `${minutes}m`
  const hours = Math.ceil(minutes / 60)
  return hours < 72 ? `${hours}h` : `${Math.ceil(hours / 24)}d`
}
