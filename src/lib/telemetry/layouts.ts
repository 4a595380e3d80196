import { ArrivalClock } from './arrival-clock.ts'
import { believedMoment, believedTime, type TimeWindow } from './event-time.ts'
import { Measurements } from './measurements.ts'
import { remember } from './memory.ts'
import { parsePayload } from './parse-payload.ts'
import { isRejection, type Rejection } from './rejection.ts'
import { readSamples, type SampleContext } from './samples.ts'
import type { SeriesName } from './series-name.ts'
import { MOST_NUMBERS, payloadOf, readNumbers, type Skeleton, skeletonOf } from './skeleton.ts'

/** What payloads of a device on a channel look like, and what becomes of them. */
interface Layout {
  readonly skeleton: Skeleton
  /** Which number is the event time; -1: none. */
  readonly stamp: number
  /** The measurements, side by side. */
  readonly names: readonly SeriesName[]
  /** Which number is the value; -1: it is always the same. */
  readonly numbers: readonly number[]
  readonly values: readonly number[]
  readonly texts: readonly (string | undefined)[]
  /** Values that are left out. */
  readonly ignored: number
}

/** Longer ones are not worth remembering. */
const MOST_ROWS = 128
const LAYOUT_BYTES = 300
const ROW_BYTES = 40

/** The numbers of the payload that was read last. */
const found = new Float64Array(MOST_NUMBERS)

/** Layouts that a device may change between. */
const MOST = 4
/** So often in a row a payload is looked at in vain; then the device says something else every time. */
const PATIENCE = 8

/** The layouts of one device on one channel. A message that has one of them is read without making anything of it. */
export class Layouts {
  /** The one that was used last is the first. */
  #layouts: Layout[] = []
  #patience = PATIENCE

  /**
   * Brings the measurements of a message behind those in `rows`.
   * @returns how many of its values are left out; undefined when nothing is known about the message
   */
  read(rows: Measurements, payload: Uint8Array, context: SampleContext): number | undefined {
    const layout = this.#find(payload)
    if (layout === undefined) return undefined
    const { arrivalTime, series, arrivedAt, window } = context
    const { stamp, names, numbers, values, texts } = layout
    const at = stamp === -1 ? arrivalTime.next(series.device, arrivedAt) : timeOf(layout, window)
    if (typeof at === 'object') return undefined
    for (let index = 0; index < names.length; index++) {
      const number = numbers[index]!
      rows.add(names[index]!, at, number === -1 ? values[index]! : found[number]!, texts[index])
    }
    return layout.ignored
  }

  /** Remembers what a payload looks like that was taken. */
  learn(payload: Uint8Array, context: SampleContext): void {
    if (this.#patience === 0) return
    this.#patience--
    const layout = layoutOf(payload, context)
    if (layout === undefined) return
    remember(LAYOUT_BYTES + layout.names.length * ROW_BYTES + payload.length)
    this.#layouts = [layout, ...this.#layouts.slice(0, MOST - 1)]
  }

  #find(payload: Uint8Array): Layout | undefined {
    const layouts = this.#layouts
    for (let index = 0; index < layouts.length; index++) {
      const layout = layouts[index]!
      if (!readNumbers(payload, layout.skeleton, found)) continue
      this.#patience = PATIENCE
      if (index > 0) this.#layouts = [layout, ...layouts.filter((other) => other !== layout)]
      return layout
    }
    return undefined
  }
}

function timeOf({ skeleton, stamp }: Layout, window: TimeWindow): number | Rejection {
  const time = found[stamp]!
  return skeleton.times[stamp] === true ? believedMoment(time, '', window) : believedTime(time, window)
}

/**
 * What becomes of each number is seen by reading the payload with others in their place that can be told apart, each a
 * moment that would be believed. Of an object a number is one value, or the event time, or nothing: whatever it says.
 */
function layoutOf(payload: Uint8Array, context: SampleContext): Layout | undefined {
  const skeleton = skeletonOf(payload)
  if (skeleton === undefined) return undefined
  const newest = Math.floor(context.arrivedAt) - 1
  const marks = skeleton.ends.slice(1).map((_, number) => newest - number)
  const parsed = parsePayload(payloadOf(skeleton, marks))
  if (isRejection(parsed)) return undefined
  const rows = new Measurements()
  const arrivalTime = new ArrivalClock()
  const read = readSamples(rows, parsed.document, { ...context, arrivalTime })
  if (isRejection(read) || rows.length === 0 || rows.length > MOST_ROWS) return undefined
  const stamp = marks.indexOf(rows.at(0) / 1000)
  // It has a time that is neither of them: a text that is read elsewhere.
  if (stamp === -1 && arrivalTime.given === 0) return undefined
  // A time that is a measurement is its text.
  if (skeleton.times.some((isTime, number) => isTime && number !== stamp)) return undefined
  const each = Array.from({ length: rows.length }, (_, row) => row)
  const values = each.map((row) => rows.value(row))
  const numbers = values.map((value) => marks.indexOf(value))
  const names = each.map((row) => rows.series(row))
  const texts = each.map((row) => rows.text(row))
  return { skeleton, stamp, names, numbers, values, texts, ignored: read.ignored }
}
