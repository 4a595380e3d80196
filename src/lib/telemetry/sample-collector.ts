import type { Measurements } from './measurements.ts'
import type { MetricName } from './metric-name.ts'
import { quote, type Rejection, reject } from './rejection.ts'
import type { DeviceSeries, SeriesName } from './series-name.ts'

const MOST_MEASUREMENTS = 10_000
export const LONGEST_NAME = 200

/** Takes the measurements of one message, within the bounds that hold for every encoding. */
export class SampleCollector {
  /** Values that are left out: arrays, and numbers beyond what a double holds. */
  ignored = 0
  /** Integers past 2^53, stored as the nearest double. */
  rounded = 0
  /** The time of what is added, in integer microseconds. */
  at = 0
  readonly #series: DeviceSeries
  readonly #into: Measurements
  readonly #most: number
  #last: SeriesName | undefined

  /** @param into gets them; what a refused message has brought is the caller's to cut off */
  constructor(series: DeviceSeries, into: Measurements) {
    this.#series = series
    this.#into = into
    this.#most = into.length + MOST_MEASUREMENTS
  }

  number(value: number, name: MetricName): Rejection | undefined {
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return this.#add(name, value, undefined)
    if (!Number.isFinite(value)) {
      this.ignored++
      return undefined
    }
    this.rounded++
    return this.#add(name, value, undefined)
  }

  text(text: string, name: MetricName): Rejection | undefined {
    return this.#add(name, Number.NaN, text.toWellFormed())
  }

  boolean(value: boolean, name: MetricName): Rejection | undefined {
    return this.#add(name, value ? 1 : 0, String(value))
  }

  #add(name: MetricName, value: number, text: string | undefined): Rejection | undefined {
    const metric = name.text
    if (metric.length > LONGEST_NAME) return nameTooLong(name)
    if (this.#into.length >= this.#most)
      return reject('limits', `It holds more than ${MOST_MEASUREMENTS} values.`)
    this.#last = this.#series.name(metric, this.#last)
    this.#into.add(this.#last, this.at, value, text)
    return undefined
  }
}

export function nameTooLong({ text }: MetricName): Rejection {
  return reject('limits', `The name ${quote(text)} is longer than ${LONGEST_NAME} characters.`)
}
