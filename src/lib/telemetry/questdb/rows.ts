import type { Measurement } from '../measurement.ts'
import type { Answer } from './server.ts'

export interface SeriesKey {
  readonly device: string
  readonly metric: string
}

/** A NUL is in no name of this store. */
export function seriesKey({ device, metric }: SeriesKey): string {
  return `${device}\u0000${metric}`
}

type Row = Answer['dataset'][number]

/** From the columns device, metric, ts::long, value, text. */
export function rowOf([device, metric, at, value, text]: Row): Measurement {
  return {
    device: String(device),
    metric: String(metric),
    at: Number(at),
    value: typeof value === 'number' ? value : undefined,
    text: typeof text === 'string' ? text : undefined,
  }
}

/** By device, then metric. */
export function bySeries(a: SeriesKey, b: SeriesKey): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1
  return a.metric < b.metric ? -1 : 1
}
