import type { ArrivalClock } from './arrival-clock.ts'
import { believedTime, type TimeWindow } from './event-time.ts'
import type { Measurements } from './measurements.ts'
import { type MetricName, metricRoot } from './metric-name.ts'
import { isObject, type Json, type JsonObject } from './parse-payload.ts'
import { quote, type Rejection, reject } from './rejection.ts'
import { LONGEST_NAME, nameTooLong, SampleCollector } from './sample-collector.ts'
import { readSenml } from './senml.ts'
import { senmlPack } from './senml-pack.ts'
import type { DeviceSeries } from './series-name.ts'

/** Whose samples they are, and what their times are measured against. */
export interface SampleContext {
  readonly series: DeviceSeries
  /** The beginning of every metric's name; empty without channel. */
  readonly channel: string
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
  readonly window: TimeWindow
  readonly arrivalTime: ArrivalClock
}

/** Measurements that a message brought are in the columns; this is what it brought besides. */
export interface Samples {
  /** Values that are left out: arrays, and numbers beyond what a double holds. */
  readonly ignored: number
  /** Integers past 2^53, stored as the nearest double. */
  readonly rounded: number
}

const DEEPEST = 16

/** What a bare value is called on a topic without channel. */
const BARE = 'value'

/**
 * All of a document or nothing: one sample whose time is refused refuses the message, so that it is kept whole. What
 * it brought until then is the caller's to cut off.
 */
export function readSamples(into: Measurements, document: Json, context: SampleContext): Samples | Rejection {
  const pack = senmlPack(document)
  if (pack !== undefined) return readSenml(into, pack, context)
  const reader = new SampleReader(into, context)
  const refusal = reader.document(document)
  return refusal ?? reader.collected
}

class SampleReader {
  readonly collected: SampleCollector
  readonly #context: SampleContext

  constructor(into: Measurements, context: SampleContext) {
    this.#context = context
    this.collected = new SampleCollector(context.series, into)
  }

  document(document: Json): Rejection | undefined {
    if (isList(document)) return this.#list(document)
    if (isObject(document)) return this.#sample(document)
    const { channel } = this.#context
    this.collected.at = this.#arrival()
    return this.#value(document, channel === '' ? metricRoot(BARE) : metricRoot(channel), 0)
  }

  /** A top-level array of objects is many samples; another kind of array is left out. */
  #list(list: readonly Json[]): Rejection | undefined {
    if (list.length > 0 && !list.some(isObject)) this.collected.ignored++
    else
      for (const [index, sample] of list.entries()) {
        if (!isObject(sample)) {
          this.collected.ignored++
          continue
        }
        const refusal = this.#sample(sample)
        if (refusal !== undefined) return reject(refusal.rejected, `Sample ${index + 1}: ${refusal.detail}`)
      }
    return undefined
  }

  /** Keys and values beside each other: looking each value up by its key costs as much as all the rest. */
  #sample(sample: JsonObject): Rejection | undefined {
    const [keys, values] = [Object.keys(sample), Object.values(sample)]
    const stamp = valueOf('ts', keys, values) ?? valueOf('timestamp', keys, values)
    const at = stamp === undefined ? this.#arrival() : believedTime(stamp, this.#context.window)
    if (typeof at === 'object') return at
    this.collected.at = at
    const root = metricRoot(this.#context.channel)
    let name: MetricName | undefined
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]!
      if (key === 'ts' || key === 'timestamp') continue
      name = root.child(key, name)
      const refusal = this.#value(values[index]!, name, 1)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #value(value: Json, name: MetricName, depth: number): Rejection | undefined {
    if (typeof value === 'number') return this.collected.number(value, name)
    if (typeof value === 'string') return this.collected.text(value, name)
    if (typeof value === 'boolean') return this.collected.boolean(value, name)
    if (isObject(value)) return this.#members(value, name, depth)
    if (value !== null) this.collected.ignored++
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

  #arrival(): number {
    const { arrivalTime, series, arrivedAt } = this.#context
    return arrivalTime.next(series.device, arrivedAt)
  }
}

/** Null counts as absent. */
function valueOf(key: string, keys: readonly string[], values: readonly Json[]): Json | undefined {
  return values[keys.indexOf(key)] ?? undefined
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
