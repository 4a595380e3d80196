import { clearTimeout, setTimeout } from 'node:timers'

/**
 * Collects small notes (refused connections, devices seen) and hands them over once per interval, so that a thousand
 * devices that come back at once cost the state a few transactions. What fails is kept for the next time, bounded.
 */
export class BatchedNotes<T> implements AsyncDisposable {
  readonly #write: (notes: readonly T[]) => Promise<void>
  readonly #interval: number
  readonly #bound: number
  #notes: T[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(write: (notes: readonly T[]) => Promise<void>, { interval = 500, bound = 10_000 } = {}) {
    this.#write = write
    this.#interval = interval
    this.#bound = bound
  }

  add(note: T): void {
    if (this.#notes.length < this.#bound) this.#notes.push(note)
    this.#timer ??= setTimeout(() => void this.flush(), this.#interval)
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#hand())
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    clearTimeout(this.#timer)
  }

  async #hand(): Promise<void> {
    const notes = this.#notes
    if (notes.length === 0) return
    this.#notes = []
    try {
      await this.#write(notes)
    } catch {
      this.#notes = [...notes, ...this.#notes].slice(0, this.#bound)
    }
  }
}
