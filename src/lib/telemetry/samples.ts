import type { ArrivalClock } from './arrival-clock.ts'
import { believedTime, type TimeWindow } from './event-time.ts'
import type { Measurement } from './measurement.ts'
import { type MetricName, metricRoot } from './metric-name.ts'
import type { Json, JsonObject } from './parse-payload.ts'
import { quote, type Rejection, reject } from './rejection.ts'

/** Whose samples they are, and what their times are measured against. */
export interface SampleContext {
  readonly device: string
  /** The beginning of every metric's name; empty without channel. */
  readonly channel: string
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
  readonly window: TimeWindow
  readonly arrivalTime: ArrivalClock
}

export interface Samples {
  readonly measurements: readonly Measurement[]
  /** Values that are left out: arrays, and numbers beyond what a double holds. */
  readonly ignored: number
  /** Integers past 2^53, stored as the nearest double. */
  readonly rounded: number
}

const DEEPEST = 16
const MOST_MEASUREMENTS = 10_000
const LONGEST_NAME = 200

/** What a bare value is called on a topic without channel. */
const BARE = 'value'

/** All of a document or nothing: one sample whose time is refused refuses the message, so that it is kept whole. */
export function readSamples(document: Json, context: SampleContext): Samples | Rejection {
  const reader = new SampleReader(context)
  const refusal = reader.document(document)
  return refusal ?? reader
}

class SampleReader implements Samples {
  readonly measurements: Measurement[] = []
  ignored = 0
  rounded = 0
  readonly #context: SampleContext
  #at = 0

  constructor(context: SampleContext) {
    this.#context = context
  }

  document(document: Json): Rejection | undefined {
    if (isList(document)) return this.#list(document)
    if (isObject(document)) return this.#sample(document)
    const { channel } = this.#context
    this.#at = this.#arrival()
    return this.#value(document, channel === '' ? metricRoot(BARE) : metricRoot(channel), 0)
  }

  /** A top-level array of objects is many samples; another kind of array is left out. */
  #list(list: readonly Json[]): Rejection | undefined {
    if (list.length > 0 && !list.some(isObject)) this.ignored++
    else
      for (const [index, sample] of list.entries()) {
        if (!isObject(sample)) {
          this.ignored++
          continue
        }
        const refusal = this.#sample(sample)
        if (refusal !== undefined) return reject(refusal.rejected, `Sample ${index + 1}: ${refusal.detail}`)
      }
    return undefined
  }

  #sample(sample: JsonObject): Rejection | undefined {
    const stamp = ownValue(sample, 'ts') ?? ownValue(sample, 'timestamp')
    const at = stamp === undefined ? this.#arrival() : believedTime(stamp, this.#context.window)
    if (typeof at === 'object') return at
    this.#at = at
    const root = metricRoot(this.#context.channel)
    for (const key of Object.keys(sample)) {
      if (key === 'ts' || key === 'timestamp') continue
      const refusal = this.#value(sample[key]!, root.child(key), 1)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #value(value: Json, name: MetricName, depth: number): Rejection | undefined {
    if (typeof value === 'number') return this.#number(value, name)
    if (typeof value === 'string') return this.#add(name, undefined, value.toWellFormed())
    if (typeof value === 'boolean') return this.#add(name, value ? 1 : 0, String(value))
    if (isObject(value)) return this.#members(value, name, depth)
    if (value !== null) this.ignored++
    return undefined
  }

  #members(object: JsonObject, name: MetricName, depth: number): Rejection | undefined {
    if (depth >= DEEPEST)
      return reject('limits', `${quote(name.text)} is nested deeper than ${DEEPEST} levels.`)
    if (name.text.length > LONGEST_NAME) return nameTooLong(name)
    for (const key of Object.keys(object)) {
      const refusal = this.#value(object[key]!, name.child(key), depth + 1)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #number(value: number, name: MetricName): Rejection | undefined {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      if (!Number.isFinite(value)) {
        this.ignored++
        return undefined
      }
      this.rounded++
    }
    return this.#add(name, value, undefined)
  }

  #add(name: MetricName, value: number | undefined, text: string | undefined): Rejection | undefined {
    const metric = name.text
    if (metric.length > LONGEST_NAME) return nameTooLong(name)
    if (this.measurements.length >= MOST_MEASUREMENTS)
      return reject('limits', `It holds more than ${MOST_MEASUREMENTS} values.`)
    this.measurements.push({ device: this.#context.device, metric, at: this.#at, value, text })
    return undefined
  }

  #arrival(): number {
    const { arrivalTime, device, arrivedAt } = this.#context
    return arrivalTime.next(device, arrivedAt)
  }
}

/** Null counts as absent. An inherited member (a polluted prototype) is not the device's. */
function ownValue(sample: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(sample, key) ? (sample[key] ?? undefined) : undefined
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameTooLong({ text }: MetricName): Rejection {
  return reject('limits', `The name ${quote(text)} is longer than ${LONGEST_NAME} characters.`)
}
