import { believedTime } from './event-time.ts'
import { NUMBERS, readNumbers, type Skeleton, skeletonOf } from './flat-numbers.ts'
import type { Measurements } from './measurements.ts'
import { metricRoot } from './metric-name.ts'
import type { SampleContext } from './samples.ts'
import type { SeriesName } from './series-name.ts'

/** What the payloads of a device on a channel look like, and what each of their numbers is. */
interface Layout {
  readonly skeleton: Skeleton
  /** undefined: no measurement, as the event time. */
  readonly names: readonly (SeriesName | undefined)[]
  /** Which number is the event time; -1: none. */
  readonly stamp: number
}

/** Layouts that a device may change between. */
const MOST = 4
/** So often in a row a payload is looked at in vain; then the device says something else every time. */
const PATIENCE = 8

/** The layouts of one device on one channel. Messages that have one of them are read without making anything of them. */
export class Layouts {
  /** The one that was used last is the first. */
  #layouts: Layout[] = []
  #patience = PATIENCE

  /** Whether the measurements of the message are behind those in `rows` now; if not, nothing is known about it. */
  read(rows: Measurements, payload: Uint8Array, context: SampleContext): boolean {
    const layout = this.#find(payload)
    if (layout === undefined) return false
    const { names, stamp } = layout
    const { arrivalTime, series, arrivedAt, window } = context
    const at =
      stamp === -1 ? arrivalTime.next(series.device, arrivedAt) : believedTime(NUMBERS[stamp]!, window)
    if (typeof at === 'object') return false
    for (let index = 0; index < names.length; index++) {
      const name = names[index]
      if (name !== undefined) rows.add(name, at, NUMBERS[index]!, undefined)
    }
    return true
  }

  /** Remembers what a payload looks like that was taken. */
  learn(payload: Uint8Array, { series, channel }: SampleContext): void {
    if (this.#patience === 0) return
    this.#patience--
    const skeleton = skeletonOf(payload)
    if (skeleton === undefined) return
    const { keys } = skeleton
    const stamp = keys.includes('ts') ? keys.indexOf('ts') : keys.indexOf('timestamp')
    const root = metricRoot(channel)
    const names = keys.map((key) =>
      key === 'ts' || key === 'timestamp' ? undefined : series.name(root.child(key).text),
    )
    this.#layouts = [{ skeleton, names, stamp }, ...this.#layouts.slice(0, MOST - 1)]
  }

  #find(payload: Uint8Array): Layout | undefined {
    const layouts = this.#layouts
    for (let index = 0; index < layouts.length; index++) {
      const layout = layouts[index]!
      if (!readNumbers(payload, layout.skeleton)) continue
      this.#patience = PATIENCE
      if (index > 0) this.#layouts = [layout, ...layouts.filter((other) => other !== layout)]
      return layout
    }
    return undefined
  }
}
