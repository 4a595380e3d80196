import type { DecodeContext } from './decode.ts'
import { BATCH, BATCH_BYTES } from './flush-delay.ts'
import { IngestBatch } from './ingest-batch.ts'
import type { IngestCounts } from './ingest-counts.ts'
import type { IngestSink } from './ingest-sink.ts'
import { endingSoon, insist, type Persistence } from './insist.ts'
import type { SpooledMessage } from './spool/record.ts'
import type { Spool } from './spool/spool.ts'
import type { TelemetryStore } from './store.ts'
import { storeBatch } from './store-batch.ts'

export interface DrainOptions {
  readonly spool: Spool
  readonly store: TelemetryStore
  readonly sink: IngestSink
  readonly context: DecodeContext
  readonly counts: IngestCounts
  readonly persistence: Persistence
  /** Told when the spool is empty. */
  readonly onEmpty: () => void
}

/** Messages that leave the spool for each that comes in, while the store takes data. */
const LEAD = 2

/** Stores what is in the spool, from the oldest on, for as long as there is something. */
export class Drain {
  readonly #options: DrainOptions
  #running: Promise<void> | undefined
  /** Messages to store before more are to come in. */
  #owed = 0
  #progress = Promise.withResolvers<void>()
  #left = false

  constructor(options: DrainOptions) {
    this.#options = options
  }

  /** There may be something. */
  wake(): void {
    if (this.#options.persistence.signal.aborted) return
    this.#running ??= this.#run()
  }

  /** Resolves when a batch has left the spool, and when something is in the way, or no more. */
  get progress(): Promise<void> {
    return this.#progress.promise
  }

  tellProgress(): void {
    this.#progress.resolve()
    this.#progress = Promise.withResolvers()
  }

  /**
   * Resolves when it is time for more to come in behind so many messages: at once while the store is away, else when
   * the spool has become shorter than before. So it gets empty under any load, and the sources feel the store's pace.
   */
  async lead(messages: number): Promise<void> {
    const { trouble, signal } = this.#options.persistence
    this.#owed += messages * LEAD
    while (this.#owed > 0 && this.#running !== undefined && trouble.first === undefined && !signal.aborted)
      await this.#progress.promise
    this.#owed = 0
  }

  /** After the signal: resolves when it has ended; a store that hangs is left alone, and what it had is stored again. */
  async leave(): Promise<void> {
    await endingSoon(Promise.resolve(this.#running), this.#options.persistence.signal).catch(() => {})
    this.#left = true
  }

  async #run(): Promise<void> {
    const { spool, persistence, onEmpty } = this.#options
    let hasStored = false
    while (!persistence.signal.aborted) {
      let messages: readonly SpooledMessage[] = []
      const read = await insist(
        'spool',
        persistence,
        async () => (messages = await spool.read(BATCH, BATCH_BYTES)),
      )
      if (!read || messages.length === 0) break
      const stored = await this.#store(messages)
      this.#owed -= messages.length
      this.tellProgress()
      if (!stored) break
      hasStored = true
    }
    this.#running = undefined
    this.tellProgress()
    if (!spool.isEmpty)
      this.wake() // it came while this ended
    else if (hasStored) onEmpty()
  }

  async #store(messages: readonly SpooledMessage[]): Promise<boolean> {
    const { spool, store, sink, context, counts, persistence } = this.#options
    const batch = new IngestBatch(messages, context)
    const stored = await insist('store', persistence, async () => {
      counts.addStored(await storeBatch(batch, store))
    })
    if (!stored || this.#left) return false
    // A process before this one may have come as far and been killed.
    const keep = () => sink.addDeadLetters(batch.letters, { again: true })
    if (!(await insist('state', persistence, keep))) return false
    counts.addLetters(batch)
    return insist('spool', persistence, () => spool.trim())
  }
}
