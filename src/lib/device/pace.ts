/**
 * Who is to report next, when `devices` report `rate` times a second each: in turn, evenly spread, so that they never
 * publish in lockstep and one timer serves them all. A stall is caught up for one round or one second at most; what
 * is older is left out, as a device that was asleep would.
 */
export class Pace {
  readonly #devices: number
  readonly #perMillisecond: number
  readonly #startedAt: number
  readonly #most: number
  #done = 0

  constructor(devices: number, rate: number, startedAt: number) {
    this.#devices = devices
    this.#perMillisecond = (devices * rate) / 1000
    this.#startedAt = startedAt
    this.#most = Math.max(devices, Math.ceil(devices * rate))
  }

  /** The indexes of the devices whose turn came until now. */
  *due(now: number): Generator<number> {
    const until = Math.floor((now - this.#startedAt) * this.#perMillisecond)
    this.#done = Math.max(this.#done, until - this.#most)
    for (; this.#done < until; this.#done++) yield this.#done % this.#devices
  }
}
