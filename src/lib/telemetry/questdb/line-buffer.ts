const FIRST = 64 * 1024
/** The longest moment: a sign and the sixteen digits of a safe integer. */
const LONGEST_MOMENT = 17
/** The end of a line: a space, the moment, and the line feed. */
const STAMP = LONGEST_MOMENT + 2
const DOUBLE_BYTES = 8
const HALF_DIGITS = 8
const HALF = 1e8

const [SPACE, LINE_FEED, MINUS, ZERO] = [0x20, 0x0a, 0x2d, 0x30]

/**
 * Bytes of lines, written one after the other into memory that is used again: a text of a million small pieces would
 * be made, flattened and encoded before it could leave.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #moment = Number.NaN
  /** What ends a line of the last moment, and where in it that begins. */
  readonly #stamp = new Uint8Array(STAMP)
  #stampFrom = STAMP

  /** What was written: valid until `clear`. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
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

  /** A beginning and a number behind it: IEEE 754, little-endian. */
  double(before: Uint8Array, value: number): void {
    const at = this.#length
    const end = at + before.length
    this.#makeRoom(before.length + DOUBLE_BYTES)
    this.#bytes.set(before, at)
    this.#view.setFloat64(end, value, true)
    this.#length = end + DOUBLE_BYTES
  }

  /** A space, the moment and the end of the line. The values of a message share it: then it is only copied. */
  endLine(moment: number): void {
    this.#makeRoom(STAMP)
    if (moment !== this.#moment) this.#print(moment)
    const [bytes, stamp] = [this.#bytes, this.#stamp]
    // A call that copies so few bytes costs more than they do.
    let at = this.#length
    for (let from = this.#stampFrom; from < STAMP; from++) bytes[at++] = stamp[from]!
    this.#length = at
  }

  /** Keeps what ends a line of this moment, from its last digit to its first. */
  #print(moment: number): void {
    const stamp = this.#stamp
    let from = STAMP - 1
    stamp[from] = LINE_FEED
    // In halves, which are integers of the machine: dividing doubles by ten takes several times as long.
    const size = Math.abs(moment)
    const upper = Math.floor(size / HALF)
    let rest = (size - upper * HALF) | 0
    if (upper > 0) {
      for (const end = from - HALF_DIGITS; from > end; rest = (rest / 10) | 0)
        stamp[--from] = ZERO + (rest % 10)
      rest = upper | 0
    }
    do {
      stamp[--from] = ZERO + (rest % 10)
      rest = (rest / 10) | 0
    } while (rest > 0)
    if (moment < 0) stamp[--from] = MINUS
    stamp[--from] = SPACE
    this.#moment = moment
    this.#stampFrom = from
  }

  #makeRoom(length: number): void {
    if (this.#length + length <= this.#bytes.length) return
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + length))
    this.#bytes.copy(bytes, 0, 0, this.#length)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}
