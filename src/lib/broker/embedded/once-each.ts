import type { Client } from 'aedes'

/** How many messages back a second copy is recognised. */
const REMEMBERED = 1024

/**
 * aedes drops for a client whatever has a lower number than the last message delivered to it, so that overlapping
 * subscriptions bring one copy. But a message that is queued or retained on its way falls behind one that is not, and
 * would be lost. This takes the rule out and remembers the numbers themselves.
 */
export class OnceEach {
  readonly #delivered = new Set<number>()

  /** @param broker aedes's id, by which it keeps the last number of a client */
  constructor(client: Client, broker: string) {
    const { duplicates } = client as unknown as { readonly duplicates: object }
    Object.defineProperty(duplicates, broker, { get: () => 0, set: () => {} })
  }

  /** Whether the message with this number is the first copy for the client. */
  isFirst(number: number): boolean {
    if (this.#delivered.has(number)) return false
    this.#delivered.add(number)
    if (this.#delivered.size > REMEMBERED) {
      const [oldest] = this.#delivered
      this.#delivered.delete(oldest!)
    }
    return true
  }
}
