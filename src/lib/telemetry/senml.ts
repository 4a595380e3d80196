import { believedMoment } from './event-time.ts'
import type { Measurements } from './measurements.ts'
import { type MetricName, metricRoot } from './metric-name.ts'
import { type Json, type JsonObject, ownValue } from './parse-payload.ts'
import { excerpt, quote, type Rejection, reject } from './rejection.ts'
import { SampleCollector } from './sample-collector.ts'
import type { SampleContext, Samples } from './samples.ts'

/** RFC 8428 §4.5.3: a time below 2^28 s is relative to now; else it is seconds since 1970. */
const RELATIVE_BELOW = 2 ** 28

/** §4.4; RFC 9100 §2 counts features from there: 26 is version 10 with its secondary units. */
const VERSIONS = [10, 26]

/** §4.5.1: so that a name can stand in a URI and in a path. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/

const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/

const TYPES = {
  bn: 'string',
  bt: 'number',
  bu: 'string',
  bv: 'number',
  bs: 'number',
  bver: 'number',
  n: 'string',
  u: 'string',
  v: 'number',
  vs: 'string',
  vb: 'boolean',
  vd: 'string',
  s: 'number',
  t: 'number',
  ut: 'number',
} as const
type Label = keyof typeof TYPES

/** What stands until another record says otherwise (§4.1). */
interface Base {
  readonly name: string
  readonly time: number
  readonly value: number
  readonly sum: number
  /** Undefined until a record has said it. */
  readonly version: number | undefined
}

/** The measurements of a pack, resolved (RFC 8428 §4.6), or which rule which record breaks. */
export function readSenml(
  into: Measurements,
  pack: readonly JsonObject[],
  context: SampleContext,
): Samples | Rejection {
  const reader = new SenmlReader(into, context)
  for (const [index, record] of pack.entries()) {
    const refusal = reader.record(record)
    if (refusal !== undefined) return reject(refusal.rejected, `Record ${index + 1}: ${refusal.detail}`)
  }
  return reader.collected
}

class SenmlReader {
  readonly collected: SampleCollector
  readonly #context: SampleContext
  readonly #root: MetricName
  #base: Base = { name: '', time: 0, value: 0, sum: 0, version: undefined }
  /** The moment that relative times count from, and the metrics that have it. */
  #now: number | undefined
  readonly #atNow = new Set<MetricName>()

  constructor(into: Measurements, context: SampleContext) {
    this.#context = context
    this.#root = metricRoot(context.channel)
    this.collected = new SampleCollector(context.series, into)
  }

  record(record: JsonObject): Rejection | undefined {
    const fault = fieldFault(record)
    if (fault !== undefined) return senml(fault)
    const refusal = this.#takeBase(record)
    if (refusal !== undefined) return refusal
    const values = (['v', 'vs', 'vb', 'vd'] as const).filter((label) => field(record, label) !== undefined)
    if (values.length > 1) return senml(`It has ${values.join(' and ')}; one value is allowed`)
    const hasSum = field(record, 's') !== undefined
    if (values.length === 0 && !hasSum) return isBaseOnly(record) ? undefined : senml('It has no value')
    return this.#measure(record, values[0], hasSum)
  }

  #takeBase(record: JsonObject): Rejection | undefined {
    const version = field(record, 'bver')
    // §4.4: what a later version says must not be used.
    if (version !== undefined && !VERSIONS.includes(version))
      return senml(`Version ${version} is not known; ${VERSIONS.join(' and ')} are`)
    // A version that changes within a pack would leave open which one the records before it were meant for.
    if (version !== undefined && version !== (this.#base.version ?? version))
      return senml(`Version ${version} follows version ${this.#base.version}`)
    this.#base = {
      name: field(record, 'bn') ?? this.#base.name,
      time: field(record, 'bt') ?? this.#base.time,
      value: field(record, 'bv') ?? this.#base.value,
      sum: field(record, 'bs') ?? this.#base.sum,
      version: version ?? this.#base.version,
    }
    return undefined
  }

  #measure(record: JsonObject, value: 'v' | 'vs' | 'vb' | 'vd' | undefined, hasSum: boolean) {
    const text = this.#base.name + (field(record, 'n') ?? '')
    if (text === '') return senml('It has no name')
    if (!NAME.test(text)) return senml(`The name ${quote(text)} has characters that names must not have`)
    const name = this.#root.child(text)
    const at = this.#time(this.#base.time + (field(record, 't') ?? 0), name)
    if (typeof at === 'object') return at
    this.collected.at = at
    const refusal = value === undefined ? undefined : this.#value(record, value, name)
    if (refusal !== undefined || !hasSum) return refusal
    return this.collected.number(this.#base.sum + field(record, 's')!, name.child('sum'))
  }

  #value(record: JsonObject, label: 'v' | 'vs' | 'vb' | 'vd', name: MetricName): Rejection | undefined {
    switch (label) {
      case 'v':
        return this.collected.number(this.#base.value + field(record, 'v')!, name)
      case 'vb':
        return this.collected.boolean(field(record, 'vb')!, name)
      case 'vs':
      case 'vd':
        return this.collected.text(field(record, label)!, name)
    }
  }

  #time(seconds: number, name: MetricName): number | Rejection {
    if (seconds >= RELATIVE_BELOW) return this.#believed(Math.round(seconds * 1_000_000), seconds)
    const now = this.#arrival(seconds, name)
    return seconds === 0 ? now : this.#believed(now + Math.round(seconds * 1_000_000), seconds)
  }

  #believed(at: number, seconds: number): number | Rejection {
    return believedMoment(at, excerpt(String(seconds)), this.#context.window)
  }

  /**
   * One moment for the whole pack, so that distances stay what they are; another one when a metric comes a second time
   * without any time of its own, so that none of its values is lost.
   */
  #arrival(seconds: number, name: MetricName): number {
    if (this.#now === undefined || (seconds === 0 && this.#atNow.has(name))) {
      const { arrivalTime, series, arrivedAt } = this.#context
      this.#now = arrivalTime.next(series.device, arrivedAt)
      this.#atNow.clear()
    }
    if (seconds === 0) this.#atNow.add(name)
    return this.#now
  }
}

/** What the label says. Its type has been checked. */
function field<L extends Label>(record: JsonObject, label: L) {
  return ownValue(record, label) as
    | { string: string; number: number; boolean: boolean }[(typeof TYPES)[L]]
    | undefined
}

function fieldFault(record: JsonObject): string | undefined {
  for (const [label, value] of Object.entries(record)) {
    if (label.endsWith('_')) return `${quote(label)} must be understood, and is not known` // §4.4
    const type = Object.hasOwn(TYPES, label) ? TYPES[label as Label] : undefined
    if (type !== undefined && value !== null && typeof value !== type)
      return `${label} is ${shown(value)}, not a ${type}`
  }
  const time = (field(record, 'bt') ?? 0) + (field(record, 't') ?? 0)
  if (!Number.isFinite(time)) return 'Its time is not finite'
  const data = field(record, 'vd')
  return data === undefined || BASE64URL.test(data) ? undefined : 'vd is not base64url'
}

function shown(value: Json): string {
  return excerpt(JSON.stringify(value))
}

/** §4.1: base fields may stand in a record of their own. */
function isBaseOnly(record: JsonObject): boolean {
  return Object.keys(record).every((label) => label.startsWith('b'))
}

function senml(fault: string): Rejection {
  return reject('senml', `${fault}.`)
}
