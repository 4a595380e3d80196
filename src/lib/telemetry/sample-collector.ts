import type { Measurement } from './measurement.ts'
import type { MetricName } from './metric-name.ts'
import { quote, type Rejection, reject } from './rejection.ts'

export interface Samples {
  readonly measurements: readonly Measurement[]
  /** Values that are left out: arrays, and numbers beyond what a double holds. */
  readonly ignored: number
  /** Integers past 2^53, stored as the nearest double. */
  readonly rounded: number
}

const MOST_MEASUREMENTS = 10_000
export const LONGEST_NAME = 200

/** The measurements of one message, within the bounds that hold for every encoding. */
export class SampleCollector implements Samples {
  readonly measurements: Measurement[] = []
  ignored = 0
  rounded = 0
  /** The time of what is added, in integer microseconds. */
  at = 0
  readonly #device: string

  constructor(device: string) {
    this.#device = device
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
    return this.#add(name, undefined, text.toWellFormed())
  }

  boolean(value: boolean, name: MetricName): Rejection | undefined {
    return this.#add(name, value ? 1 : 0, String(value))
  }

  #add(name: MetricName, value: number | undefined, text: string | undefined): Rejection | undefined {
    const metric = name.text
    if (metric.length > LONGEST_NAME) return nameTooLong(name)
    if (this.measurements.length >= MOST_MEASUREMENTS)
      return reject('limits', `It holds more than ${MOST_MEASUREMENTS} values.`)
    this.measurements.push({ device: this.#device, metric, at: this.at, value, text })
    return undefined
  }
}

export function nameTooLong({ text }: MetricName): Rejection {
  return reject('limits', `The name ${quote(text)} is longer than ${LONGEST_NAME} characters.`)
}
