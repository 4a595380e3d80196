import type { Measurement } from './measurement.ts'
import { deviceSeries, type SeriesName } from './series-name.ts'

const FEW = 16
const MOST_SAFE = Number.MAX_SAFE_INTEGER

/**
 * Measurements in columns: ingest has six million of them for a million messages, and an object for each would cost
 * more than everything else that is done with it. Whatever stands here can be stored.
 */
export class Measurements implements Iterable<Measurement> {
  #length = 0
  #series: SeriesName[]
  /** There are none until a text comes. */
  #texts: (string | undefined)[] | undefined
  #moments: Float64Array
  #values: Float64Array

  /** @param room rows that it has memory for; it grows by itself */
  constructor(room = FEW) {
    this.#series = Array<SeriesName>(room)
    this.#moments = new Float64Array(room)
    this.#values = new Float64Array(room)
  }

  /** @throws RangeError for what no column of any store takes */
  static of(measurements: readonly Measurement[]): Measurements {
    const rows = new Measurements(measurements.length)
    for (const { device, metric, at, value, text } of measurements) {
      if (Number.isNaN(value)) throw noNumber(value!)
      rows.add(deviceSeries(device).name(metric), at, value ?? Number.NaN, text)
    }
    return rows
  }

  get length(): number {
    return this.#length
  }

  series(row: number): SeriesName {
    return this.#series[row]!
  }

  /** Integer microseconds since 1970. */
  at(row: number): number {
    return this.#moments[row]!
  }

  /** NaN: there is only a text. */
  value(row: number): number {
    return this.#values[row]!
  }

  text(row: number): string | undefined {
    return this.#texts?.[row]
  }

  /**
   * @param value NaN: there is only a text
   * @throws RangeError for what no column of any store takes
   */
  add(series: SeriesName, at: number, value: number, text: string | undefined): void {
    const row = this.#length
    if (Math.floor(at) !== at || at > MOST_SAFE || at < -MOST_SAFE)
      throw new RangeError(`${at} is no moment in microseconds.`)
    if (value === Infinity || value === -Infinity) throw noNumber(value)
    if (row === this.#moments.length) this.#grow()
    this.#series[row] = series
    if (text !== undefined || this.#texts !== undefined) this.#textsOf()[row] = text
    this.#moments[row] = at
    this.#values[row] = value
    this.#length = row + 1
  }

  /** Rows [from, to) of others, behind these. */
  append(others: Measurements, from: number, to: number): void {
    for (let row = from; row < to; row++)
      this.add(others.series(row), others.at(row), others.value(row), others.text(row))
  }

  /** Leaves the first so many. */
  cut(length: number): void {
    this.#length = length
  }

  *[Symbol.iterator](): Generator<Measurement> {
    for (let row = 0; row < this.#length; row++) {
      const { device, metric } = this.series(row)
      const value = this.value(row)
      yield {
        device,
        metric,
        at: this.at(row),
        value: Number.isNaN(value) ? undefined : value,
        text: this.text(row),
      }
    }
  }

  #textsOf(): (string | undefined)[] {
    return (this.#texts ??= Array<string | undefined>(this.#moments.length))
  }

  #grow(): void {
    const room = Math.max(FEW, this.#moments.length * 2)
    const [moments, values] = [this.#moments, this.#values]
    this.#moments = new Float64Array(room)
    this.#moments.set(moments)
    this.#values = new Float64Array(room)
    this.#values.set(values)
  }
}

function noNumber(value: number): RangeError {
  return new RangeError(`${value} is not a finite number.`)
}
