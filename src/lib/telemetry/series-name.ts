import { remember, remembered } from './memory.ts'

/** A metric of a device. There is one object of each, so that two are told apart by their addresses. */
export interface SeriesName {
  readonly device: string
  readonly metric: string
  /** Counted on from one name to the next, and never given twice; see `SeriesMap`. */
  readonly index: number
}

/** Measured: what one of each takes, the place in its map included. */
const DEVICE_BYTES = 300
const NAME_BYTES = 120

/** Of devices; forgotten together with all that is remembered of them. */
const devices = remembered<DeviceSeries>()
let next = 0

/** The names of a device; not to be kept beyond a message but by what is forgotten with it. */
export function deviceSeries(device: string): DeviceSeries {
  const known = devices.get(device)
  if (known !== undefined) return known
  remember(DEVICE_BYTES)
  const fresh = new DeviceSeries(device)
  devices.set(device, fresh)
  return fresh
}

class Name implements SeriesName {
  readonly device: string
  readonly metric: string
  readonly index: number
  /** The one that came behind this one, the last time. */
  next: Name | undefined

  constructor(device: string, metric: string) {
    this.device = device
    this.metric = metric
    this.index = next++
  }
}

/** The names of one device. It says the same in the same order every time: what followed is tried before it is looked up. */
export class DeviceSeries {
  readonly device: string
  readonly #names = new Map<string, Name>()
  #first: Name | undefined

  constructor(device: string) {
    this.device = device
  }

  /** @param before the one that was asked for before this one in the same message, if there was one */
  name(metric: string, before?: SeriesName): SeriesName {
    const last = before as Name | undefined
    const likely = last === undefined ? this.#first : last.next
    if (likely !== undefined && likely.metric === metric) return likely
    const name = this.#named(metric)
    if (last === undefined) this.#first = name
    else last.next = name
    return name
  }

  #named(metric: string): Name {
    const known = this.#names.get(metric)
    if (known !== undefined) return known
    remember(NAME_BYTES)
    const fresh = new Name(this.device, metric)
    this.#names.set(metric, fresh)
    return fresh
  }
}
