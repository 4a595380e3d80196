import type { Writable } from 'node:stream'

/** Bytes that may wait for a reader, as far as JavaScript counts them: UTF-16 units. */
const BOUND = 8 * 1024 * 1024

export interface BoundedLinesOptions {
  readonly bound?: number
  /** The line that stands where lines are missing. */
  readonly missing: (count: number) => string
}

/**
 * Writes lines to a stream that may be read more slowly than they come. What the reader has not taken is bounded;
 * beyond that whole lines are left out, counted, and a line says so where they are missing. Lines of one turn of the
 * event loop are written as one piece.
 */
export class BoundedLines {
  readonly #stream: Writable
  readonly #bound: number
  readonly #missing: (count: number) => string
  #waiting = ''
  #skipped = 0
  #dropped = 0
  #scheduled = false

  constructor(stream: Writable, { bound = BOUND, missing }: BoundedLinesOptions) {
    this.#stream = stream
    this.#bound = bound
    this.#missing = missing
  }

  /** Lines that were left out until now. */
  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    if (this.#stream.writableLength + this.#waiting.length + line.length >= this.#bound) {
      this.#skipped++
      this.#dropped++
      return
    }
    this.#waiting += `${this.#note()}${line}\n`
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#deliver())
  }

  /** The end: hands over what waits, and says what is missing behind it. */
  flush(): void {
    this.#waiting += this.#note()
    this.#deliver()
  }

  #deliver(): void {
    this.#scheduled = false
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') this.#stream.write(text)
  }

  #note(): string {
    if (this.#skipped === 0) return ''
    const count = this.#skipped
    this.#skipped = 0
    return `${this.#missing(count)}\n`
  }
}
