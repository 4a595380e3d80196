import { clearTimeout, setTimeout } from 'node:timers'
import type { IngestSeen, IngestSink } from './ingest-sink.ts'

/** A note of every device that was heard is written at most once in so many milliseconds. */
const EVERY = 1000

/**
 * A sink that gathers notes of who was heard: a row a device, several times a second, would cost more than the values
 * that they reported. The first after a quiet time is written at once. A process that is killed loses the last second
 * of them, and only of them; the next message of the device makes up for it.
 */
export class GatheredNotes implements IngestSink, AsyncDisposable {
  readonly #sink: IngestSink
  readonly #every: number
  #notes = new Map<string, IngestSeen>()
  #wrote = -Infinity
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(sink: IngestSink, every = EVERY) {
    this.#sink = sink
    this.#every = every
  }

  addDeadLetters(...letters: Parameters<IngestSink['addDeadLetters']>): Promise<void> {
    return this.#sink.addDeadLetters(...letters)
  }

  /** @throws what the sink throws, once notes are due that it does not take; they are kept, and due again */
  async noteSeen(seen: readonly IngestSeen[]): Promise<void> {
    this.#gather(seen)
    const due = this.#wrote + this.#every - performance.now()
    if (due <= 0) return this.#write()
    // What fails there is told by the next call, which finds it due.
    this.#timer ??= setTimeout(() => void this.#write().catch(() => {}), due)
  }

  /** Writes what is left. The sink stays the caller's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#write()
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.catch(() => {}).then(() => this.#writeNow())
    return this.#writing
  }

  async #writeNow(): Promise<void> {
    const notes = this.#notes
    if (notes.size === 0) return
    this.#notes = new Map()
    try {
      await this.#sink.noteSeen([...notes.values()])
      this.#wrote = performance.now()
    } catch (error) {
      this.#gather(notes.values())
      throw error
    }
  }

  #gather(seen: Iterable<IngestSeen>): void {
    for (const note of seen) {
      const before = this.#notes.get(note.device)
      this.#notes.set(note.device, before === undefined ? note : joined(before, note))
    }
  }
}

function joined(one: IngestSeen, other: IngestSeen): IngestSeen {
  const at = Math.max(one.at, other.at)
  return { device: one.device, at, messages: one.messages + other.messages }
}
