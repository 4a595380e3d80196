/** What is wrong with a packet, by its header. */
export interface PacketFault {
  /** `protocol`: its length is malformed. */
  readonly reason: 'size' | 'protocol'
  /** Its Remaining Length, when that was too large and came whole. */
  readonly bytes?: number
}

/**
 * Follows the fixed headers in a stream of MQTT packets (MQTT 3.1.1 §2.2) and tells when one announces more than it
 * may: before its bytes are collected.
 */
export class PacketLimit {
  readonly #limit: number
  /** Bytes of the current packet that are still to come. */
  #rest = 0
  #length = 0
  /** 0: the first byte of a packet comes next; else the place of the next byte of Remaining Length (§2.2.3). */
  #place = 0
  #fault: PacketFault | undefined

  /** Why a chunk was not accepted. */
  get fault(): PacketFault | undefined {
    return this.#fault
  }

  /** @param limit the largest Remaining Length */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes the next bytes; false: a packet is too large, or its length is malformed. */
  accepts(chunk: Uint8Array): boolean {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#rest > 0) {
        const step = Math.min(this.#rest, chunk.length - offset)
        this.#rest -= step
        offset += step
      } else if (!this.#header(chunk[offset++]!)) return false
    }
    // A length that is too large already needs no more bytes; those of it that have come were read for its size.
    if (this.#place > 0 && this.#length > this.#limit) this.#fault = { reason: 'size' }
    return this.#fault === undefined
  }

  #header(byte: number): boolean {
    if (this.#place === 0) {
      this.#length = 0
      this.#place = 1
      return true
    }
    this.#length += (byte & 0x7f) * 128 ** (this.#place - 1)
    const isLast = byte < 0x80
    this.#place = isLast ? 0 : this.#place + 1
    if (isLast) this.#rest = this.#length
    if (this.#place > 4) this.#fault = { reason: 'protocol' }
    else if (isLast && this.#length > this.#limit) this.#fault = { reason: 'size', bytes: this.#length }
    return this.#fault === undefined
  }
}
