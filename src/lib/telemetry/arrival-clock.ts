/** Entries of devices that were quiet for this long say nothing any more, in microseconds. */
const QUIET = 60_000_000
/** Below this many nothing is looked through. */
const FEW = 1000

/**
 * The time of what comes without an event time: its arrival, strictly increasing for each device, so that two samples
 * of one device never share a moment (the store would keep one of them) and all metrics of one sample do.
 */
export class ArrivalClock {
  readonly #last = new Map<string, number>()
  readonly #before: number
  #sweepAt = FEW
  /** Moments that were given so far, and the last of them. */
  given = 0
  latest = 0

  /** @param first no moment lies before this one (µs): it is how a message gets again the moments that it had */
  constructor(first = -Infinity) {
    this.#before = first - 1
  }

  /** @param arrivedAt milliseconds since 1970; answers integer microseconds */
  next(device: string, arrivedAt: number): number {
    const arrival = Math.round(arrivedAt * 1000)
    const last = this.#last.get(device) ?? this.#before
    const at = last < arrival ? arrival : last + 1
    this.#last.set(device, at)
    if (this.#last.size > this.#sweepAt) this.#sweep(arrival)
    this.given++
    this.latest = at
    return at
  }

  #sweep(now: number): void {
    for (const [device, last] of this.#last) if (last < now - QUIET) this.#last.delete(device)
    this.#sweepAt = Math.max(FEW, this.#last.size * 2)
  }
}
