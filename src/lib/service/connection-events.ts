import type { BrokerEvent } from '../broker/broker.ts'
import type { Registry } from '../registry/registry.ts'
import { EventQueue } from '../telemetry/event-queue.ts'

type Refusal = Extract<BrokerEvent, { event: 'refused' }>

/** Refusals that wait to be looked up; whoever can reach a listener can make them up. */
const REFUSALS = 1000
/** A device that is turned away knocks again every few seconds: it is an event once in this long, in milliseconds. */
const AGAIN = 60_000
/** Events in so long of whoever has no name: an address is cheap, and a scan must not fill the table. */
const UNNAMED = 60

/** What the broker sees of devices, as events that wait for the store. Adding one is a push into a list. */
export class ConnectionEvents {
  readonly queue: EventQueue
  readonly #registry: () => Promise<Pick<Registry, 'known'>>
  readonly #told = new Map<string, number>()
  #unnamed = { since: 0, count: 0 }
  #refusals: { readonly refusal: Refusal; readonly at: number }[] = []

  constructor(registry: () => Promise<Pick<Registry, 'known'>>, queue = new EventQueue()) {
    this.#registry = registry
    this.queue = queue
  }

  /** @param at milliseconds since 1970 */
  take(event: BrokerEvent, at: number): void {
    if (event.event === 'refused') {
      if (event.source === 'log') this.#takeUnnamed(event, at)
      else if (this.#refusals.length < REFUSALS && this.#isNews(event, at))
        this.#refusals.push({ refusal: event, at })
      return
    }
    if (event.kind !== 'device') return
    const body = event.reason === undefined ? {} : { reason: event.reason }
    this.queue.add({ at: at * 1000, device: event.client, kind: event.event, body })
  }

  /** Whose refusal is an event: a registered device's. Anybody may claim any name. */
  async lookUp(): Promise<void> {
    const refusals = this.#refusals
    if (refusals.length === 0) return
    this.#refusals = []
    const known = await (await this.#registry()).known(refusals.map(({ refusal }) => refusal.identity))
    for (const { refusal, at } of refusals) {
      const device = known.get(refusal.identity)?.id
      const { reason, address } = refusal
      if (device !== undefined)
        this.queue.add({ at: at * 1000, device, kind: 'refused', body: { reason, address } })
    }
  }

  /** Of whom only the address is known there is nobody to be looked up: it is an event of no device. */
  #takeUnnamed(refusal: Refusal, at: number): void {
    if (at - this.#unnamed.since >= AGAIN) this.#unnamed = { since: at, count: 0 }
    if (this.#unnamed.count >= UNNAMED || !this.#isNews(refusal, at)) return
    this.#unnamed.count++
    const { reason, address } = refusal
    const body = { reason, address, source: 'log' }
    this.queue.add({ at: at * 1000, device: undefined, kind: 'refused', body })
  }

  #isNews({ identity, reason }: Refusal, at: number): boolean {
    const key = `${identity}\u0000${reason}`
    const before = this.#told.get(key)
    if (before !== undefined && at - before < AGAIN) return false
    if (this.#told.size >= REFUSALS) this.#told.clear()
    this.#told.set(key, at)
    return true
  }
}
