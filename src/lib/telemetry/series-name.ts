/** A metric of a device. There is one object of each, so that two are told apart by their addresses. */
export interface SeriesName {
  readonly device: string
  readonly metric: string
  /** Counted on from one name to the next, and never given twice; see {@link SeriesMap}. */
  readonly index: number
}

/** What somebody knows of series, found by a look at an array: it is asked for every value that comes. */
export class SeriesMap<Known> {
  #first = Infinity
  #known: (Known | undefined)[] = []
  /** Of names that were given before the first. */
  readonly #older = new Map<number, Known>()

  get({ index }: SeriesName): Known | undefined {
    const place = index - this.#first
    return place >= 0 ? this.#known[place] : this.#older.get(index)
  }

  set({ index }: SeriesName, known: Known): void {
    if (this.size === 0) this.#first = index
    const place = index - this.#first
    if (place < 0) this.#older.set(index, known)
    else {
      while (this.#known.length < place) this.#known.push(undefined) // a hole would make it a slow array
      this.#known[place] = known
    }
  }

  /** Places that are in use, or were. */
  get size(): number {
    return this.#known.length + this.#older.size
  }

  clear(): void {
    this.#known = []
    this.#older.clear()
  }
}

/**
 * Devices may make names up. With more than this of them everything is forgotten, all at once; what is in use is soon
 * there again.
 */
const MOST = 1_000_000
let devices = new Map<string, DeviceSeries>()
let [remembered, next] = [0, 0]

/** All that is remembered of a device's names. Whoever keeps it has to see that it is not forgotten. */
export function deviceSeries(device: string): DeviceSeries {
  const known = devices.get(device)
  if (known !== undefined) return known
  makeRoom()
  const fresh = new DeviceSeries(device)
  devices.set(device, fresh)
  return fresh
}

/** For one thing more. */
function makeRoom(): void {
  if (++remembered <= MOST) return
  for (const series of devices.values()) series.isForgotten = true
  devices = new Map()
  remembered = 0
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
  isForgotten = false
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
    makeRoom()
    const fresh = new Name(this.device, metric)
    this.#names.set(metric, fresh)
    return fresh
  }
}
