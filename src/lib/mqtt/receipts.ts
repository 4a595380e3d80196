const PACKET_IDS = 65_536
const COMPACT_AT = 4096

/**
 * The QoS 1 messages of one network connection between PUBLISH and PUBACK, in the order in which they came.
 * PUBACKs must leave in that order (MQTT-4.6.0-2), however the messages are finished. A packet id counts for one
 * connection only, so every connection has receipts of its own and those of an old one lead nowhere.
 */
export class Receipts {
  readonly #inFlight = new Uint8Array(PACKET_IDS)
  #ids: number[] = []
  #finished: boolean[] = []
  /** Where the oldest message that is not acknowledged stands in the arrays, and its number. */
  #head = 0
  #first = 0

  /**
   * Notes a PUBLISH; id 0 stands for QoS 0, which has none. Answers the number to finish it by; undefined for an id
   * that is in flight already: the broker repeats itself, and a second PUBACK could hit the id's next message.
   */
  add(id: number): number | undefined {
    if (id !== 0 && this.#inFlight[id] === 1) return undefined
    if (id !== 0) this.#inFlight[id] = 1
    this.#ids.push(id)
    this.#finished.push(false)
    return this.#first + (this.#ids.length - this.#head) - 1
  }

  /** The message may be acknowledged; it is when all before it are finished too. */
  finish(number: number): void {
    const index = number - this.#first + this.#head
    if (index >= this.#head && index < this.#ids.length) this.#finished[index] = true
  }

  /** The packet ids to acknowledge now, in order; each is given once. */
  take(): readonly number[] {
    const ready: number[] = []
    while (this.#finished[this.#head] === true) {
      const id = this.#ids[this.#head]!
      if (id !== 0) ready.push(id)
      this.#inFlight[id] = 0
      this.#head++
      this.#first++
    }
    this.#compact()
    return ready
  }

  /** How many are not acknowledged. */
  get size(): number {
    return this.#ids.length - this.#head
  }

  #compact(): void {
    if (this.#head === 0 || (this.#head < COMPACT_AT && this.size > 0)) return
    this.#ids = this.#ids.slice(this.#head)
    this.#finished = this.#finished.slice(this.#head)
    this.#head = 0
  }
}

/** Many PUBACK packets (§3.4) as one piece: one write, one TLS record, one wake-up of the broker. */
export function encodePubacks(ids: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * 4)
  for (const [index, id] of ids.entries()) bytes.writeUInt32BE(0x40020000 + id, index * 4)
  return bytes
}
