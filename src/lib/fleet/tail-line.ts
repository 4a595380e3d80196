import type { Message } from '../mqtt/connection.ts'
import type { Decoded } from '../telemetry/decode.ts'
import type { Measurement } from '../telemetry/measurement.ts'
import { isoTime } from './device-view.ts'
import { isoMicroseconds, type Reported, reportedValue } from './latest-view.ts'

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

/**
 * The lines of one message: one for each moment in it. `metrics` leaves out what was not asked for; undefined: all.
 * A rejected message is always shown: it may hold what is missing.
 */
export function tailLines(
  { topic, retained }: Message,
  arrivedAt: number,
  decoded: Decoded,
  metrics: ReadonlySet<string> | undefined,
): readonly TailLine[] {
  const arrival = isoTime(arrivedAt)
  if ('rejected' in decoded) {
    const { device = null, rejected: reason, detail } = decoded
    return [{ device, topic, arrivedAt: arrival, rejected: { reason, detail } }]
  }
  const { device, measurements } = decoded
  const moments = byMoment(measurements, metrics)
  return Array.from(moments, ([at, values]) => ({
    device,
    topic,
    at: isoMicroseconds(at),
    arrivedAt: arrival,
    ...(retained ? { retained } : {}),
    values,
  }))
}

function byMoment(
  measurements: readonly Measurement[],
  metrics: ReadonlySet<string> | undefined,
): ReadonlyMap<number, Record<string, Reported>> {
  const moments = new Map<number, Record<string, Reported>>()
  for (const measurement of measurements) {
    const { at, metric } = measurement
    if (metrics !== undefined && !metrics.has(metric)) continue
    let values = moments.get(at)
    if (values === undefined) moments.set(at, (values = Object.create(null) as Record<string, Reported>))
    values[metric] = reportedValue(measurement)
  }
  return moments
}
