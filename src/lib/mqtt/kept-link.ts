import { clearTimeout, setTimeout } from 'node:timers'
import { FlotillaError, UsageError } from '../base/errors.ts'
import { type Backoff, backoffDelay } from '../base/retry.ts'
import { Link, type LinkListener, type LinkOptions, type OpenedSession } from './link.ts'
import type { ReceivedPublish } from './packet-reader.ts'

/** Lets only so many connections be opened at once; without one, everybody at once. */
export interface ConnectGate {
  /** Calls back, at once or later, when this one may connect. */
  enter(go: () => void): void
  /** It has connected, or failed to. */
  leave(): void
}

export interface KeptLinkOptions {
  /** What the next attempt is to use. */
  readonly next: () => LinkOptions
  readonly listener: LinkListener
  readonly backoff?: Backoff
  readonly gate?: ConnectGate
  readonly random?: () => number
}

const BACKOFF: Backoff = { initial: 1000, max: 60_000 }
/** A connection that lived this long was no failure: the next pause is the first again. Milliseconds. */
const SETTLED = 10_000

/**
 * Keeps one connection open: opens it anew whenever it ends, after pauses that grow and are jittered. It never gives
 * up by itself; `listener.closed` is told of every attempt that failed and decides with {@link stop}.
 */
export class KeptLink implements LinkListener {
  readonly #options: KeptLinkOptions
  #link: Link | undefined
  #opened = false
  #openedAt = 0
  #attempt = 0
  #timer: NodeJS.Timeout | undefined
  #stopping = false
  readonly #stopped = Promise.withResolvers<void>()

  constructor(options: KeptLinkOptions) {
    this.#options = options
  }

  /** The connection while it is open. */
  get link(): Link | undefined {
    return this.#opened ? this.#link : undefined
  }

  start(): void {
    const { gate } = this.#options
    if (gate === undefined) this.#open()
    else gate.enter(() => this.#open())
  }

  /** The next attempt follows without pause. */
  hurry(): void {
    this.#attempt = -1
  }

  /** Ends the connection in good order, or the attempts to make one. */
  stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    if (this.#link === undefined) this.#stopped.resolve()
    else this.#link.end()
    return this.#stopped.promise
  }

  opened(link: Link, session: OpenedSession): void {
    this.#options.gate?.leave()
    this.#opened = true
    this.#openedAt = performance.now()
    this.#options.listener.opened(link, session)
  }

  received(message: ReceivedPublish): void {
    this.#options.listener.received(message)
  }

  acknowledged(packetId: number, reason: number): void {
    this.#options.listener.acknowledged(packetId, reason)
  }

  subscribed(packetId: number, granted: readonly number[]): void {
    this.#options.listener.subscribed(packetId, granted)
  }

  read(): void {
    this.#options.listener.read()
  }

  closed(failure: FlotillaError | undefined): void {
    if (!this.#opened) this.#options.gate?.leave()
    else if (performance.now() - this.#openedAt > SETTLED) this.#attempt = 0
    this.#opened = false
    this.#link = undefined
    this.#options.listener.closed(failure)
    if (this.#stopping) this.#stopped.resolve()
    else this.#timer = setTimeout(() => this.start(), this.#pause())
  }

  #open(): void {
    if (this.#stopping) return this.#options.gate?.leave()
    try {
      this.#link = new Link(this.#options.next(), this)
    } catch (error) {
      this.closed(error instanceof FlotillaError ? error : unusable(error))
    }
  }

  #pause(): number {
    const { backoff = BACKOFF, random = Math.random } = this.#options
    const attempt = this.#attempt++
    return attempt < 0 ? 0 : backoffDelay(attempt, backoff, random)
  }
}

function unusable(error: unknown): FlotillaError {
  return new UsageError('CONNECTION', 'The connection cannot be made.', { cause: error })
}
