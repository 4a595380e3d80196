import type { DeviceEvent } from './events.ts'

/** How many events were lost since the process started, and when the last of them (milliseconds since 1970). */
export interface Lost {
  readonly count: number
  readonly at: number
}

/**
 * Events that wait for the store, in their order and in memory. When it is full the oldest stay: how an outage
 * began says more than how it went on. What is lost is counted, and an event of kind `gap` stands in its place.
 */
export class EventQueue {
  readonly #bound: number
  #waiting: DeviceEvent[] = []
  #next = 0
  #gap: { readonly from: number; readonly to: number; readonly count: number } | undefined
  #lost: Lost | undefined

  constructor(bound = 10_000) {
    this.#bound = bound
  }

  get lost(): Lost | undefined {
    return this.#lost
  }

  get size(): number {
    return this.#waiting.length + (this.#gap === undefined ? 0 : 1)
  }

  /** @returns whether it is kept */
  add(event: Omit<DeviceEvent, 'seq'>): boolean {
    if (this.#waiting.length >= this.#bound) {
      this.#lose(event.at)
      return false
    }
    this.#closeGap()
    this.#push(event)
    return true
  }

  /** Those that another process left, before any of this one: they keep their numbers, so that none is stored twice. */
  restore(events: readonly DeviceEvent[]): void {
    this.#waiting = [...events, ...this.#waiting]
  }

  /** All that wait, what is lost among them; they stay until {@link remove}. */
  all(): readonly DeviceEvent[] {
    this.#closeGap()
    return this.#waiting
  }

  /** The first of those that wait; they stay until {@link remove}. */
  first(count: number): readonly DeviceEvent[] {
    if (this.#waiting.length < this.#bound) this.#closeGap()
    return this.#waiting.slice(0, count)
  }

  /** They are in the store. */
  remove(count: number): void {
    this.#waiting = this.#waiting.slice(count)
  }

  #push(event: Omit<DeviceEvent, 'seq'>): void {
    this.#waiting.push({ ...event, seq: this.#next++ })
  }

  #lose(at: number): void {
    const { from = at, count = 0 } = this.#gap ?? {}
    this.#gap = { from, to: at, count: count + 1 }
    this.#lost = { count: (this.#lost?.count ?? 0) + 1, at: Math.floor(at / 1000) }
  }

  /** Its own row may go over the bound: it is one. */
  #closeGap(): void {
    if (this.#gap === undefined) return
    const { from, to, count } = this.#gap
    this.#gap = undefined
    this.#push({ at: from, device: undefined, kind: 'gap', body: { lost: count, until: to } })
  }
}
