/** What TLS hands over at a time: at most one record (RFC 8446 §5.1). */
const RECORD = 16 * 1024
/** Memory that what was read is kept in; many records of many connections share one piece. */
const SLAB = 64 * 1024

/**
 * The memory that sockets read into: copied from at once, so that all sockets of the process can share it, and none
 * needs a buffer and a stream event for each record.
 */
export const LANDING = Buffer.allocUnsafeSlow(RECORD)

const slab = { bytes: Buffer.alloc(0), used: 0 }

/**
 * What a connection brought in one turn of the event loop. Brokers write message by message and TLS makes a record of
 * each; joined, they are read in one go.
 */
export class Inbox {
  #pieces: { from: number; to: number; readonly of: Buffer }[] = []

  #length = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#length
  }

  /** Copies the bytes: they may change afterwards. */
  add(bytes: Uint8Array): void {
    if (slab.used + bytes.length > slab.bytes.length) {
      slab.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB, bytes.length))
      slab.used = 0
    }
    this.#length += bytes.length
    const { bytes: of, used: from } = slab
    of.set(bytes, from)
    const to = (slab.used = from + bytes.length)
    const last = this.#pieces.at(-1)
    if (last?.of === of && last.to === from) last.to = to
    else this.#pieces.push({ from, to, of })
  }

  /** Everything since the last time, in as few pieces as it lies in. */
  take(): readonly Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#length = 0
    return pieces.map(({ from, to, of }) => of.subarray(from, to))
  }
}
