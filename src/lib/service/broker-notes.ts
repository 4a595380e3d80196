import type { Clock } from '../base/clock.ts'
import type { BrokerEvent } from '../broker/broker.ts'
import type { Refused, Seen, State } from '../registry/state.ts'
import { BatchedNotes } from './batched-notes.ts'
import type { EmitEvent } from './events.ts'

/** Writes into the state what the broker sees: who connected, who was turned away and why. */
export class BrokerNotes implements AsyncDisposable {
  readonly #seen: BatchedNotes<Seen>
  readonly #refused: BatchedNotes<Refused>
  readonly #clock: Clock
  readonly #emit: EmitEvent
  readonly #also: (event: BrokerEvent) => void
  refused = 0

  /** @param also takes each event, too; it must return at once */
  constructor(state: State, clock: Clock, emit: EmitEvent, also: (event: BrokerEvent) => void = () => {}) {
    this.#seen = new BatchedNotes((notes) => state.noteSeen(notes))
    this.#refused = new BatchedNotes((notes) => state.noteRefused(notes))
    this.#clock = clock
    this.#emit = emit
    this.#also = also
  }

  readonly take = (event: BrokerEvent): void => {
    const at = this.#clock.now()
    this.#also(event)
    if (event.event === 'refused') {
      const { identity, reason, address, bytes } = event
      this.refused++
      this.#refused.add({ identity, reason, address, at })
      this.#emit({ event: 'refused', identity, reason, address, ...(bytes === undefined ? {} : { bytes }) })
      return
    }
    if (event.kind === 'device') this.#seen.add({ device: event.client, at, messages: 0 })
    this.#emit({ event: event.event, client: event.client })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#seen[Symbol.asyncDispose]()
    await this.#refused[Symbol.asyncDispose]()
  }
}
