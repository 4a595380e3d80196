import type { Bucket } from './measurement.ts'

/** What one part of the store says of one series in one interval. */
export interface BucketPart<Key> {
  readonly series: Key
  /** Number of the interval since 1970. */
  readonly bucket: number
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly last: number
}

/** Joins what the parts say of each interval: one that reaches over midnight comes in two. */
export class BucketSums<Key> {
  readonly #series = new Map<Key, Map<number, BucketPart<Key>>>()

  /** The parts in order of time, so that the later one has the last value. */
  add(part: BucketPart<Key>): void {
    let buckets = this.#series.get(part.series)
    if (buckets === undefined) this.#series.set(part.series, (buckets = new Map()))
    const before = buckets.get(part.bucket)
    buckets.set(part.bucket, before === undefined ? part : join(before, part))
  }

  keys(): Iterable<Key> {
    return this.#series.keys()
  }

  of(series: Key, interval: number): readonly Bucket[] {
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

function join<Key>(before: BucketPart<Key>, after: BucketPart<Key>): BucketPart<Key> {
  return {
    ...after,
    count: before.count + after.count,
    sum: before.sum + after.sum,
    min: Math.min(before.min, after.min),
    max: Math.max(before.max, after.max),
  }
}
