import type { ConnectGate } from '../mqtt/kept-link.ts'

/** Lets `limit` devices connect at once; the others wait in the order in which they came. */
export class Turnstile implements ConnectGate {
  readonly #limit: number
  #inside = 0
  #waiting: (() => void)[] = []
  #next = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  enter(go: () => void): void {
    if (this.#inside >= this.#limit) {
      this.#waiting.push(go)
      return
    }
    this.#inside++
    go()
  }

  leave(): void {
    const go = this.#waiting[this.#next]
    if (go === undefined) {
      this.#inside--
      this.#forget()
      return
    }
    this.#next++
    setImmediate(go) // not from inside of the one that leaves
  }

  #forget(): void {
    this.#waiting = []
    this.#next = 0
  }
}
