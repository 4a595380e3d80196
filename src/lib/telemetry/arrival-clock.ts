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
  #sweepAt = FEW

  /** @param arrivedAt milliseconds since 1970; answers integer microseconds */
  next(device: string, arrivedAt: number): number {
    const arrival = Math.round(arrivedAt * 1000)
    const last = this.#last.get(device)
    const at = last === undefined || last < arrival ? arrival : last + 1
    this.#last.set(device, at)
    if (this.#last.size > this.#sweepAt) this.#sweep(arrival)
    return at
  }

  #sweep(now: number): void {
    for (const [device, last] of this.#last) if (last < now - QUIET) this.#last.delete(device)
    this.#sweepAt = Math.max(FEW, this.#last.size * 2)
  }
}
