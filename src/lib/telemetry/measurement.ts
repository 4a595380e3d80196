/** (device, metric, timestamp, value or text): the unit of telemetry (design §4). */
export interface Measurement {
  readonly device: string
  /** Channel levels and JSON path joined by `.`; empty for a bare number on a topic without channel: then `value`. */
  readonly metric: string
  /** Event time, or arrival time where the device gives none: integer microseconds since 1970. */
  readonly at: number
  readonly value: number | undefined
  readonly text: string | undefined
}

/** The last measurement of one metric of one device. */
export type Latest = Measurement

/** Measurements of one (device, metric), in order of time. */
export interface Series {
  readonly device: string
  readonly metric: string
  readonly points: readonly SeriesPoint[]
}

export interface SeriesPoint {
  /** Integer microseconds since 1970. */
  readonly at: number
  readonly value: number | undefined
  readonly text: string | undefined
}

/** Numbers of one (device, metric) summed up over intervals, in order of time; intervals without any are left out. */
export interface BucketSeries {
  readonly device: string
  readonly metric: string
  readonly buckets: readonly Bucket[]
}

export interface Bucket {
  /** Where the interval begins: integer microseconds since 1970. */
  readonly at: number
  readonly count: number
  readonly avg: number
  readonly min: number
  readonly max: number
  readonly last: number
}
