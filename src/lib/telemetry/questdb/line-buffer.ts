const FIRST = 64 * 1024
/** The longest moment: a sign and the sixteen digits of a safe integer. */
const LONGEST_MOMENT = 17

const [SPACE, LINE_FEED, MINUS] = [0x20, 0x0a, 0x2d]

/**
 * Bytes of lines, written one after the other into memory that is used again: a text of a million small pieces would
 * be made, flattened and encoded before it could leave.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #moment = Number.NaN
  /** Where the last moment stands, and how long it is. */
  #stamp = { from: 0, length: 0 }

  /** What was written: valid until `clear`. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
    this.#moment = Number.NaN
  }

  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  text(text: string): void {
    this.#makeRoom(text.length * 3) // of UTF-16 to UTF-8
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** IEEE 754, little-endian. */
  double(value: number): void {
    this.#makeRoom(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  /** A space, the moment and the end of the line. The values of a message share it: then it is only copied. */
  endLine(moment: number): void {
    this.#makeRoom(LONGEST_MOMENT + 2)
    if (moment === this.#moment) {
      const { from, length } = this.#stamp
      this.#bytes.copyWithin(this.#length, from, from + length)
      this.#length += length
      return
    }
    const from = this.#length
    this.#bytes[this.#length++] = SPACE
    this.#integer(moment)
    this.#bytes[this.#length++] = LINE_FEED
    this.#moment = moment
    this.#stamp = { from, length: this.#length - from }
  }

  #integer(value: number): void {
    if (value < 0) this.#bytes[this.#length++] = MINUS
    const digits = String(Math.abs(value)) // safe: never in the form 1e21
    for (let index = 0; index < digits.length; index++) this.#bytes[this.#length++] = digits.charCodeAt(index)
  }

  #makeRoom(length: number): void {
    if (this.#length + length <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + length))
    this.#bytes.copy(bytes, 0, 0, this.#length)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}
