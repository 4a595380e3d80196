import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Backoff, backoffDelay } from '../base/retry.ts'
import { ArrivalClock, type DecodeContext } from './decode.ts'
import { Drain } from './drain.ts'
import { BATCH, flushDelay, nextBatch } from './flush-delay.ts'
import { IngestBatch } from './ingest-batch.ts'
import { type Holding, IngestCounts, type IngestStats } from './ingest-counts.ts'
import type { IngestSink } from './ingest-sink.ts'
import { attemptOf, endingSoon, insist, type Persistence } from './insist.ts'
import type { IncomingMessage, TelemetrySource } from './source.ts'
import type { SpooledMessage } from './spool/record.ts'
import type { Spool } from './spool/spool.ts'
import type { TelemetryStore } from './store.ts'
import { storeBatch } from './store-batch.ts'
import { Trouble } from './trouble.ts'

export type { IngestStats } from './ingest-counts.ts'

export interface IngestOptions {
  readonly fleet: string
  /** Disposed with ingest, after the last acknowledgement. */
  readonly source: TelemetrySource
  /** Stays the caller's. */
  readonly store: TelemetryStore
  readonly sink: IngestSink
  /** Where messages wait while the store is away; without it nothing is acknowledged then. Stays the caller's. */
  readonly spool?: Spool
  /** How far back an event time may lie, in milliseconds. */
  readonly retention: number
  readonly clock?: Clock
  /** Pauses between attempts while the store is away. */
  readonly backoff?: Backoff
  readonly onState?: (state: StoreState) => void
}

/** Whether what arrives can be stored, and what becomes of it otherwise; told when it changes. */
export type StoreState =
  | { readonly state: 'ok' }
  /** `spooled`: whether what arrives is kept in the spool and acknowledged meanwhile. */
  | { readonly state: 'away'; readonly message: string; readonly spooled: boolean }
  /** The spool takes nothing more, so nothing is acknowledged. */
  | { readonly state: 'full'; readonly message: string }
  /** It takes messages again. */
  | { readonly state: 'room' }
  /** Everything that was in the spool is stored. */
  | { readonly state: 'drained' }

const BACKOFF: Backoff = { initial: 100, max: 5000 }

/**
 * Takes messages from a source into the store, and acknowledges a message only once its measurements, or the dead
 * letter that it became, survive `kill -9`. While the store is away messages wait in the spool, and so does what comes
 * behind them until it is empty, so that the rows of one key keep their order. Where there is no room either, nothing is
 * acknowledged and nothing is lost: the source stops reading at its own bound.
 */
export class Ingest implements AsyncDisposable {
  readonly #options: IngestOptions
  readonly #clock: Clock
  readonly #context: DecodeContext
  readonly #counts = new IngestCounts()
  readonly #closing = new AbortController()
  readonly #persistence: Persistence
  readonly #drain: Drain | undefined
  #waiting: IncomingMessage[] = []
  #current: readonly IncomingMessage[] = []
  #last = { took: 0, ended: -Infinity }
  #holding: Holding | undefined
  #running: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(options: IngestOptions) {
    const { fleet, retention, clock = systemClock } = options
    this.#options = options
    this.#clock = clock
    this.#context = { fleet, retention, arrivalTime: new ArrivalClock() }
    const trouble = new Trouble((first) => this.#tell(first))
    this.#persistence = { backoff: options.backoff ?? BACKOFF, trouble, signal: this.#closing.signal }
    this.#drain = this.#drainOf(options)
  }

  /**
   * What an earlier process left in the spool comes first.
   * @throws what the source's start throws
   */
  start(): Promise<void> {
    this.#drain?.wake()
    return this.#options.source.start((messages) => this.#receive(messages))
  }

  stats(): IngestStats {
    const oldest = this.#current[0] ?? this.#waiting[0]
    const lag = oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest.arrivedAt)
    return {
      ...this.#counts,
      rejected: { ...this.#counts.rejected },
      lag,
      storeFailing: this.#persistence.trouble.first,
      spool: this.#options.spool?.stats(),
      holding: this.#holding,
    }
  }

  /**
   * Takes nothing more, stores or spools what is here, acknowledges it, and leaves the source. What is in the spool is
   * the next process's. Where nothing takes it, it is tried once more: what is not acknowledged comes again.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    this.#drain?.tellProgress()
    await this.#running
    await this.#drain?.leave()
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
      const count = nextBatch(this.#waiting)
      this.#current = this.#waiting.slice(0, count)
      this.#waiting = this.#waiting.slice(count)
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
    const isSpooled = await this.#place(batch)
    if (isSpooled === undefined) return false
    const steps = [
      (again: boolean) => sink.addDeadLetters(batch.letters, { again }),
      () => sink.noteSeen(batch.seen),
    ]
    for (const step of steps) if (!(await insist('state', this.#persistence, step))) return false
    this.#counts.addAcknowledged(batch)
    for (const message of messages) message.acknowledge()
    this.#current = []
    if (isSpooled) await this.#drain?.lead(messages.length)
    return true
  }

  /** Brings the rows of a batch to safety: false into the store, true into the spool; undefined: the end came first. */
  async #place(batch: IngestBatch): Promise<boolean | undefined> {
    const { signal, backoff, trouble } = this.#persistence
    const { spool } = this.#options
    let waiting: readonly SpooledMessage[] | undefined
    if (batch.rows.length === 0) return false
    for (let attempt = 0; ; attempt++) {
      const isNext = spool?.isEmpty !== false
      if (isNext && (await attemptOf('store', trouble, () => this.#store(batch)))) {
        this.#hold(false)
        return false
      }
      if (spool !== undefined) {
        waiting ??= batch.storable()
        waiting = waiting.slice(await spool.append(waiting))
        this.#drain?.wake()
        if (waiting.length === 0) {
          this.#hold(false)
          return true
        }
      }
      this.#hold(true)
      await this.#options.sink.noteSeen(batch.seen).catch(() => {}) // they were heard, wherever their messages end
      if (signal.aborted) return undefined
      const pause = sleep(backoffDelay(attempt, backoff), undefined, { signal }).catch(() => {})
      await (isNext ? pause : Promise.race([pause, this.#drain?.progress]))
    }
  }

  async #store(batch: IngestBatch): Promise<void> {
    const rows = await endingSoon(storeBatch(batch, this.#options.store), this.#closing.signal)
    this.#counts.addStored(rows)
  }

  #drainOf({ spool, store, sink }: IngestOptions): Drain | undefined {
    if (spool === undefined) return undefined
    return new Drain({
      spool,
      store,
      sink,
      context: this.#context,
      counts: this.#counts,
      persistence: this.#persistence,
      onEmpty: () => this.#options.onState?.({ state: 'drained' }),
    })
  }

  #tell(failure: string | undefined): void {
    this.#drain?.tellProgress()
    if (failure === undefined) return this.#options.onState?.({ state: 'ok' })
    const spooled = (this.#options.spool?.stats().bound ?? 0) > 0 && !this.#persistence.trouble.has('state')
    this.#options.onState?.({ state: 'away', message: failure, spooled })
  }

  /** @param isHeld what arrives finds no place and is not acknowledged */
  #hold(isHeld: boolean): void {
    if (isHeld === (this.#holding !== undefined)) return
    const { bound = 0, full = '' } = this.#options.spool?.stats() ?? {}
    const message = bound > 0 ? full : (this.#persistence.trouble.first ?? '')
    this.#holding = isHeld ? { since: this.#clock.now(), message } : undefined
    if (bound > 0) this.#options.onState?.(isHeld ? { state: 'full', message } : { state: 'room' })
  }
}
