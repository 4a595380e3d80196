import type { Bucket } from '../measurement.ts'
import type { DayBucket } from './day-samples.ts'

/** Joins what the days say of each interval: one that reaches over midnight comes in two parts. */
export class BucketSums {
  readonly #series = new Map<number, Map<number, DayBucket>>()

  /** The days in order of time, so that the later part has the last value. */
  add(part: DayBucket): void {
    let buckets = this.#series.get(part.series)
    if (buckets === undefined) this.#series.set(part.series, (buckets = new Map()))
    const before = buckets.get(part.bucket)
    buckets.set(part.bucket, before === undefined ? part : join(before, part))
  }

  of(series: number, interval: number): readonly Bucket[] {
    return Array.from(this.#series.get(series)?.values() ?? [], ({ bucket, count, sum, min, max, last }) => ({
      at: bucket * interval,
      count,
      avg: sum / count,
      min,
      max,
      last,
    }))
  }
}

function join(before: DayBucket, after: DayBucket): DayBucket {
  return {
    ...after,
    count: before.count + after.count,
    sum: before.sum + after.sum,
    min: Math.min(before.min, after.min),
    max: Math.max(before.max, after.max),
  }
}
