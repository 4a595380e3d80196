import { PacketIds } from '../mqtt/packet-ids.ts'

export interface Sent<Message> {
  readonly packetId: number
  readonly message: Message
}

/** QoS 1 messages between PUBLISH and PUBACK, in the order in which they were sent first. */
export class InFlight<Message> {
  readonly #ids = new PacketIds()
  readonly #messages = new Map<number, Message>()

  get size(): number {
    return this.#messages.size
  }

  /** Notes the message under a packet id that is free. */
  add(message: Message): number {
    const id = this.freeId()
    this.#messages.set(id, message)
    return id
  }

  /** A packet id that no message has (MQTT-2.3.1-2): for a subscription, too. */
  freeId(): number {
    return this.#ids.next((candidate) => this.#messages.has(candidate))
  }

  /** PUBACK: the message, or undefined for an id that is not in flight. */
  settle(packetId: number): Message | undefined {
    const message = this.#messages.get(packetId)
    this.#messages.delete(packetId)
    return message
  }

  /** What a new connection sends first, with its old packet ids and in its old order (MQTT-4.4.0-1, MQTT-4.6.0-1). */
  all(): readonly Sent<Message>[] {
    return Array.from(this.#messages, ([packetId, message]) => ({ packetId, message }))
  }
}
