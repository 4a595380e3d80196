import type { Message } from '../mqtt/connection.ts'
import type { Decoded } from '../telemetry/decode.ts'
import type { Measurement } from '../telemetry/measurement.ts'
import { isoTime } from './device-view.ts'
import { isoMicroseconds, type Reported, reportedValue } from './latest-view.ts'
import type { TailCondition } from './tail-condition.ts'

/** One line of `tail`: what a device reported for one moment, or a message that ingest would not take. */
export type TailLine = TailReading | TailRejection

export interface TailReading {
  readonly device: string
  readonly topic: string
  /** Event time, or arrival where the device gives none. */
  readonly at: string
  readonly arrivedAt: string
  /** The broker kept it: it is older than the connection. */
  readonly retained?: true
  readonly values: Readonly<Record<string, Reported>>
}

export interface TailRejection {
  /** null: the topic names none. */
  readonly device: string | null
  readonly topic: string
  readonly arrivedAt: string
  readonly rejected: { readonly reason: string; readonly detail: string }
}

/** What of a message is wanted; undefined: all. */
export interface TailChoice {
  readonly metrics?: ReadonlySet<string> | undefined
  /** Judged by all values of a moment, whatever of them is shown. */
  readonly where?: TailCondition | undefined
}

/**
 * The lines of one message: one for each moment in it. A rejected message is always shown: it may hold what is
 * missing.
 */
export function tailLines(
  { topic, retained }: Message,
  arrivedAt: number,
  decoded: Decoded,
  { metrics, where = anything }: TailChoice = {},
): readonly TailLine[] {
  const arrival = arrivalText(arrivedAt)
  if ('rejected' in decoded) {
    const { device = null, rejected: reason, detail } = decoded
    return [{ device, topic, arrivedAt: arrival, rejected: { reason, detail } }]
  }
  const { device, measurements } = decoded
  const kept = retained ? { retained } : {}
  const lines: TailReading[] = []
  for (const [at, all] of byMoment(measurements)) {
    const values = metrics === undefined ? all : only(all, metrics)
    if (values === undefined || !where(all)) continue
    lines.push({ device, topic, at: isoMicroseconds(at), arrivedAt: arrival, ...kept, values })
  }
  return lines
}

const anything: TailCondition = () => true

/** Many messages come in one millisecond: its text is written once. */
let lastArrival = { at: Number.NaN, text: '' }

function arrivalText(at: number): string {
  if (at !== lastArrival.at) lastArrival = { at, text: isoTime(at) }
  return lastArrival.text
}

type Values = Record<string, Reported>

/** undefined: nothing of it is wanted. */
function only(all: Values, metrics: ReadonlySet<string>): Values | undefined {
  const wanted = Object.entries(all).filter(([metric]) => metrics.has(metric))
  return wanted.length === 0 ? undefined : Object.fromEntries(wanted)
}

function byMoment(measurements: readonly Measurement[]): ReadonlyMap<number, Values> {
  const moments = new Map<number, Values>()
  for (const measurement of measurements) {
    const { at, metric } = measurement
    let values = moments.get(at)
    if (values === undefined) moments.set(at, (values = Object.create(null) as Values))
    values[metric] = reportedValue(measurement)
  }
  return moments
}
