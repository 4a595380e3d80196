/** A telemetry message that is to reach the broker at least once. */
export interface Outgoing {
  readonly topic: string
  readonly payload: string
}

/**
 * Where a device keeps what is not acknowledged yet: in memory here, on the disk in disk-queue.ts. Order is kept: what
 * was added first is sent first.
 */
export interface OutgoingQueue {
  /** Keeps the message; false when one was lost by it: an older one, or this one. */
  add(message: Outgoing): boolean
  /** The oldest message that is not in flight; it stays here until {@link settle}. */
  take(): Outgoing | undefined
  /** PUBACK came: forget it. */
  settle(message: Outgoing): void
  /** Messages that are kept, those in flight included. */
  readonly size: number
}

/** Keeps the newest `bound` messages: of a long outage, the end is worth more than the beginning. */
export class MemoryQueue implements OutgoingQueue {
  readonly #bound: number
  readonly #waiting: Outgoing[] = []
  #inFlight = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  add(message: Outgoing): boolean {
    const full = this.#waiting.length >= this.#bound
    if (full) this.#waiting.shift()
    this.#waiting.push(message)
    return !full
  }

  take(): Outgoing | undefined {
    const message = this.#waiting.shift()
    if (message !== undefined) this.#inFlight++
    return message
  }

  settle(): void {
    this.#inFlight--
  }

  get size(): number {
    return this.#waiting.length + this.#inFlight
  }
}
