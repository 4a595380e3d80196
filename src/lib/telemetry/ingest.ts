import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { type Backoff, backoffDelay } from '../base/retry.ts'
import { ArrivalClock, type DecodeContext } from './decode.ts'
import { BATCH, flushDelay } from './flush-delay.ts'
import { IngestBatch } from './ingest-batch.ts'
import { IngestCounts, type IngestStats } from './ingest-counts.ts'
import type { IngestSink } from './ingest-sink.ts'
import type { Measurement } from './measurement.ts'
import type { IncomingMessage, TelemetrySource } from './source.ts'
import type { TelemetryStore } from './store.ts'
import { storeBatch } from './store-batch.ts'

export type { IngestStats } from './ingest-counts.ts'

export interface IngestOptions {
  readonly fleet: string
  /** Disposed with ingest, after the last acknowledgement. */
  readonly source: TelemetrySource
  /** Stays the caller's. */
  readonly store: TelemetryStore
  readonly sink: IngestSink
  /** How far back an event time may lie, in milliseconds. */
  readonly retention: number
  readonly clock?: Clock
  /** Pauses between attempts while the store is away. */
  readonly backoff?: Backoff
  readonly onState?: (state: StoreState) => void
}

/** Whether what arrives can be stored; told when it changes. */
export type StoreState = { readonly state: 'ok' } | { readonly state: 'away'; readonly message: string }

const BACKOFF: Backoff = { initial: 100, max: 5000 }

/**
 * Takes messages from a source into the store, and acknowledges a message only once its measurements, or the dead
 * letter that it became, survive `kill -9`. While the store is away nothing is acknowledged and nothing is lost: the
 * batch is tried again until it is stored, and the source stops reading at its own bound.
 */
export class Ingest implements AsyncDisposable {
  readonly #options: IngestOptions
  readonly #clock: Clock
  readonly #context: DecodeContext
  readonly #counts = new IngestCounts()
  readonly #closing = new AbortController()
  #waiting: IncomingMessage[] = []
  #current: readonly IncomingMessage[] = []
  #last = { took: 0, ended: -Infinity }
  #failing: string | undefined
  #running: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(options: IngestOptions) {
    const { fleet, retention, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#context = { fleet, retention, arrivalTime: new ArrivalClock() }
  }

  /** @throws what the source's start throws */
  start(): Promise<void> {
    return this.#options.source.start((messages) => this.#receive(messages))
  }

  stats(): IngestStats {
    const oldest = this.#current[0] ?? this.#waiting[0]
    const lag = oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest.arrivedAt)
    return { ...this.#counts, rejected: { ...this.#counts.rejected }, lag, storeFailing: this.#failing }
  }

  /**
   * Takes nothing more, stores and acknowledges what is here, and leaves the source. While the store is away it tries
   * once more and gives up: what is not acknowledged then comes again to the next process.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    await this.#running
    await this.#options.source[Symbol.asyncDispose]()
  }

  #receive(messages: readonly IncomingMessage[]): void {
    if (this.#closing.signal.aborted) return
    this.#counts.messages += messages.length
    for (const message of messages) this.#waiting.push(message)
    if (this.#waiting.length >= BATCH) this.#wake?.()
    this.#running ??= this.#run()
  }

  /** Runs as long as there is something to store. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#pause()
      this.#current = this.#waiting.slice(0, BATCH)
      this.#waiting = this.#waiting.slice(BATCH)
      const started = performance.now()
      if (!(await this.#flush(this.#current))) return
      const ended = performance.now()
      this.#last = { took: ended - started, ended }
      this.#current = []
    }
    // In the same turn as the look at what waits: whatever comes from now on starts it again.
    this.#running = undefined
  }

  /** Until it is time, a batch is full, or the end comes. */
  async #pause(): Promise<void> {
    const { took, ended } = this.#last
    const delay = flushDelay({
      waiting: this.#waiting.length,
      took,
      since: performance.now() - ended,
      closing: this.#closing.signal.aborted,
    })
    if (delay === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, delay)
    this.#wake = resolve
    await promise
    clearTimeout(timer)
    this.#wake = undefined
  }

  /** Whether the messages are safe and acknowledged; false when the end came first. */
  async #flush(messages: readonly IncomingMessage[]): Promise<boolean> {
    const batch = new IngestBatch(messages, this.#context)
    const { sink } = this.#options
    let rows: readonly Measurement[] = []
    const steps = [
      async () => (rows = await storeBatch(batch, this.#options.store)),
      () => sink.addDeadLetters(batch.letters),
      () => sink.noteSeen(batch.seen),
    ]
    for (const step of steps) if (!(await this.#insist(step))) return false
    this.#counts.add(batch, rows)
    for (const message of messages) message.acknowledge()
    return true
  }

  /**
   * Does a step until it succeeds. Every failure that is not about a row is taken for one of the store: an unknown one
   * that was given up would lose what can be stored tomorrow.
   */
  async #insist(step: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        await step()
        this.#tell(undefined)
        return true
      } catch (error) {
        this.#tell(messageOf(error))
      }
      const { signal } = this.#closing
      if (signal.aborted) return false
      const { backoff = BACKOFF } = this.#options
      // When the end comes in between, it is tried once more.
      await sleep(backoffDelay(attempt, backoff), undefined, { signal }).catch(() => {})
    }
  }

  #tell(failure: string | undefined): void {
    const before = this.#failing
    this.#failing = failure
    if (before === undefined && failure !== undefined)
      this.#options.onState?.({ state: 'away', message: failure })
    if (before !== undefined && failure === undefined) this.#options.onState?.({ state: 'ok' })
  }
}
