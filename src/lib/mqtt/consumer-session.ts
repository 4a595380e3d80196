import type { Clock } from '../base/clock.ts'
import { LazyReader } from './lazy-reader.ts'
import type { Link } from './link.ts'
import type { ReceivedPublish } from './packet-reader.ts'
import { encodePubacks, Receipts } from './receipts.ts'

/** Shaped like telemetry's incoming message. */
export interface ConsumedMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
  /**
   * Safe now: PUBACK it. To be called once for every message, QoS 0 too, in any order; after the connection changed
   * it only makes room, since the broker delivers the message again.
   */
  acknowledge(): void
}

export interface SessionOwner {
  /** What one turn of the event loop brought. */
  handOn(messages: readonly ConsumedMessage[]): void
  /** A message of so many bytes is finished: there is room for another. */
  finished(session: ConsumerSession, bytes: number): void
  /** So many PUBACKs left. */
  sent(count: number): void
}

/** What was handed on, or is to be, and is not finished. */
export interface Waiting {
  readonly messages: number
  /** Of payloads and topics. */
  readonly bytes: number
}

/** One connection of the durable consumer: what it brought, what of it is finished, and the PUBACKs due. */
export class ConsumerSession {
  readonly link: Link
  readonly reader: LazyReader
  readonly #owner: SessionOwner
  readonly #clock: Clock
  readonly #receipts = new Receipts()
  #turn: ConsumedMessage[] = []
  /** Of all messages of the turn. */
  #arrivedAt = 0
  #flushing: NodeJS.Immediate | undefined

  constructor(link: Link, rest: number, clock: Clock, owner: SessionOwner) {
    this.link = link
    this.#clock = clock
    this.#owner = owner
    this.reader = new LazyReader(link.socket, rest, () => this.#endTurn())
  }

  /** Whether it is a message to hand on: not one that is in flight already. */
  take(message: ReceivedPublish): boolean {
    const number = this.#receipts.add(message.packetId)
    if (number === undefined) return false
    if (this.#turn.length === 0) this.#arrivedAt = this.#clock.now()
    this.#turn.push(new Consumed(message, this.#arrivedAt, number, this))
    return true
  }

  /** The PUBACKs of all messages finished in this turn leave in one write. */
  finish(number: number, bytes: number): void {
    this.#receipts.finish(number)
    this.#flushing ??= setImmediate(() => this.flush())
    this.#owner.finished(this, bytes)
  }

  flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    const ids = this.#receipts.take()
    if (ids.length === 0) return
    this.link.write(encodePubacks(ids))
    this.#owner.sent(ids.length)
  }

  /** Answers what was read and not handed on: nobody will finish it, the broker brings it again. */
  stop(): Waiting {
    this.reader.stop()
    clearImmediate(this.#flushing)
    const forgotten = this.#turn
    this.#turn = []
    return {
      messages: forgotten.length,
      bytes: forgotten.reduce((sum, one) => sum + sizeOf(one), 0),
    }
  }

  #endTurn(): void {
    const turn = this.#turn
    this.#turn = []
    if (turn.length > 0) this.#owner.handOn(turn)
  }
}

function sizeOf({ topic, payload }: ConsumedMessage): number {
  return topic.length + payload.length
}

class Consumed implements ConsumedMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly arrivedAt: number
  readonly #number: number
  #session: ConsumerSession | undefined

  constructor(message: ReceivedPublish, arrivedAt: number, number: number, session: ConsumerSession) {
    this.topic = message.topic
    this.payload = message.payload
    this.arrivedAt = arrivedAt
    this.#number = number
    this.#session = session
  }

  acknowledge(): void {
    const session = this.#session
    this.#session = undefined // a second call must not finish another's place
    session?.finish(this.#number, sizeOf(this))
  }
}
