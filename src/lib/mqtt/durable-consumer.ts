import { clearInterval, setInterval } from 'node:timers'
import { type Clock, systemClock } from '../base/clock.ts'
import { type FlotillaError, InterruptedError, TimedOutError, UnreachableError } from '../base/errors.ts'
import type { Backoff } from '../base/retry.ts'
import type { BrokerAddress, ClientCredential, ProtocolLevel } from './broker-address.ts'
import { type ConsumedMessage, ConsumerSession, type Waiting } from './consumer-session.ts'
import { KeptLink } from './kept-link.ts'
import { type Link, type LinkListener, type LinkOptions, unexpectedQos } from './link.ts'
import type { ReceivedPublish } from './packet-reader.ts'
import { nextProtocol } from './protocol-choice.ts'
import { subscriptionFailure } from './subscription-failure.ts'
import { Suspicion } from './suspicion.ts'
import { type WatchdogState, watch, watchFrom } from './watchdog.ts'

export interface DurableConsumerOptions {
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  /** Names the session that the broker keeps; one process at a time. */
  readonly clientId: string
  readonly filters: readonly string[]
  /** Without it: MQTT 5, and 3.1.1 where the broker does not speak 5. */
  readonly protocol?: ProtocolLevel
  /** Messages handed on and not yet acknowledged at which reading stops; one read (16 KiB of TLS) may come on top. */
  readonly bound?: number
  /** Bytes of their payloads and topics at which it stops as well. */
  readonly boundBytes?: number
  /** Seconds that the broker keeps the session while nobody consumes; MQTT 5. */
  readonly sessionExpiry?: number
  /** Seconds. */
  readonly keepalive?: number
  /** Milliseconds to rest between reads; 0: none. */
  readonly rest?: number
  /** Milliseconds without a message after which the connection is opened anew; see watchdog.ts. */
  readonly patience?: number
  /** Milliseconds until CONNACK. */
  readonly within?: number
  readonly backoff?: Backoff
  readonly clock?: Clock
  readonly onState?: (state: ConsumerState) => void
}

export type ConsumerState =
  | { readonly state: 'online'; readonly protocol: ProtocolLevel; readonly sessionPresent: boolean }
  | { readonly state: 'offline'; readonly failure: FlotillaError | undefined }
  /** For so many milliseconds the broker held messages back; on a new connection they come. */
  | { readonly state: 'stalled'; readonly quiet: number }

export interface ConsumerStats {
  readonly connected: boolean
  readonly protocol: ProtocolLevel
  readonly received: number
  /** PUBACKs sent. */
  readonly acknowledged: number
  /** Handed on and not acknowledged yet, over all connections. */
  readonly outstanding: number
  /** Messages that the broker marked as sent before. */
  readonly redelivered: number
  /** Acknowledgements dropped because their connection was gone. */
  readonly stale: number
  readonly reconnects: number
  readonly stalls: number
}

const SUBSCRIBE_ID = 1
const WEEK = 7 * 86_400

/**
 * A consumer that loses nothing: a persistent session, and PUBACK only when {@link ConsumedMessage.acknowledge} says
 * that the message is safe. What is not acknowledged when the process or the connection dies is delivered again, so
 * whatever takes the messages must bear duplicates.
 */
export class DurableConsumer implements AsyncDisposable {
  readonly #options: DurableConsumerOptions
  readonly #clock: Clock
  readonly #bound: Waiting
  readonly #patience: number
  readonly #kept: KeptLink
  readonly #standing = Promise.withResolvers<void>()
  readonly #counts = { received: 0, acknowledged: 0, redelivered: 0, stale: 0, connections: 0, stalls: 0 }
  #receive: (messages: readonly ConsumedMessage[]) => void = () => {}
  #protocol: ProtocolLevel
  #session: ConsumerSession | undefined
  #outstanding = { messages: 0, bytes: 0 }
  #stands = false
  #watch: WatchdogState
  #watching: NodeJS.Timeout | undefined
  readonly #suspicion = new Suspicion()

  constructor(options: DurableConsumerOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#bound = { messages: options.bound ?? 20_000, bytes: options.boundBytes ?? 64 * 1024 * 1024 }
    this.#patience = options.patience ?? 60_000
    this.#watch = watchFrom(performance.now(), this.#patience)
    this.#protocol = options.protocol ?? 5
    const { backoff } = options
    const next = () => this.#linkOptions()
    this.#kept = new KeptLink({ next, listener: this.#listener(), ...(backoff && { backoff }) })
    this.#standing.promise.catch(() => {}) // whoever awaits start() is told; disposing must not need one
  }

  /**
   * Resolves once the subscription stands; as long as the broker is only away it goes on trying, and afterwards it
   * reconnects for ever. `receive` must return at once; it gets what one turn of the event loop brought.
   * @throws RefusedError, VerificationError, UsageError when connection or subscription are refused at the start
   * @throws InterruptedError when it is disposed before
   */
  start(receive: (messages: readonly ConsumedMessage[]) => void): Promise<void> {
    this.#receive = receive
    this.#kept.start()
    this.#watching = setInterval(() => this.#look(), Math.max(20, this.#patience / 10))
    return this.#standing.promise
  }

  stats(): ConsumerStats {
    const { connections, ...counts } = this.#counts
    const reconnects = Math.max(0, connections - 1)
    const connected = this.#session !== undefined
    return {
      ...counts,
      connected,
      protocol: this.#protocol,
      outstanding: this.#outstanding.messages,
      reconnects,
    }
  }

  /** Sends the PUBACKs that are due and leaves; the session stays with the broker. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watching)
    this.#session?.flush()
    this.#leave()
    this.#standing.reject(new InterruptedError())
    await this.#kept.stop()
  }

  #linkOptions(): LinkOptions {
    const {
      broker,
      credential,
      clientId,
      sessionExpiry = WEEK,
      keepalive = 30,
      within = 10_000,
    } = this.#options
    const receiveMaximum = Math.min(65_535, Math.max(1, Math.floor(this.#bound.messages / 2)))
    const protocol = this.#protocol
    return {
      broker,
      credential,
      clientId,
      protocol,
      clean: false,
      sessionExpiry,
      receiveMaximum,
      keepalive,
      within,
    }
  }

  #listener(): LinkListener {
    return {
      opened: (link, { present }) => this.#open(link, present),
      received: (message) => this.#take(message),
      acknowledged: () => {}, // nothing is published here
      subscribed: (_, granted) => this.#confirm(granted),
      read: () => this.#session?.reader.read(),
      closed: (failure) => this.#close(failure),
    }
  }

  #open(link: Link, sessionPresent: boolean): void {
    this.#counts.connections++
    const isAgain = this.#suspicion.isOpening
    this.#suspicion.opened(performance.now())
    this.#watch = { ...this.#watch, since: performance.now() }
    this.#session = new ConsumerSession(link, this.#options.rest ?? 5, this.#clock, {
      handOn: (messages) => this.#receive(messages),
      finished: (session, bytes) => this.#finished(session, bytes),
      sent: (count) => (this.#counts.acknowledged += count),
    })
    this.#holdAtBound()
    link.subscribe(this.#options.filters, SUBSCRIBE_ID)
    if (!isAgain) this.#options.onState?.({ state: 'online', protocol: this.#protocol, sessionPresent })
  }

  #take(message: ReceivedPublish): void {
    const session = this.#session
    if (message.qos === 2) return session?.link.fail(unexpectedQos())
    if (session?.take(message) !== true) return
    this.#counts.received++
    if (message.dup) this.#counts.redelivered++
    this.#count(1, message.payload.length + message.topic.length)
    this.#holdAtBound()
    const now = performance.now()
    this.#watch = watchFrom(now, this.#patience)
    const quiet = message.retain ? undefined : this.#suspicion.confirm(now)
    if (quiet !== undefined) this.#options.onState?.({ state: 'stalled', quiet })
  }

  #holdAtBound(): void {
    if (this.#isFull()) this.#session?.reader.hold()
  }

  #count(messages: number, bytes: number): void {
    this.#outstanding.messages += messages
    this.#outstanding.bytes += bytes
  }

  #isFull(): boolean {
    const { messages, bytes } = this.#outstanding
    return messages >= this.#bound.messages || bytes >= this.#bound.bytes
  }

  /** Messages of earlier connections count too: they are in memory until the store has them. */
  #finished(session: ConsumerSession, bytes: number): void {
    this.#count(-1, -bytes)
    if (!this.#isFull()) this.#session?.reader.release()
    if (session !== this.#session) this.#counts.stale++
  }

  #confirm(granted: readonly number[]): void {
    const refused = granted.findIndex((qos) => qos !== 1)
    if (refused !== -1) {
      return this.#session?.link.fail(
        subscriptionFailure(this.#options.filters[refused] ?? '', granted[refused]!),
      )
    }
    this.#stands = true
    this.#standing.resolve()
  }

  #close(failure: FlotillaError | undefined): void {
    const opened = this.#session !== undefined
    this.#leave()
    if (failure !== undefined) this.#suspicion.drop()
    if (!this.#suspicion.isOpening) this.#options.onState?.({ state: 'offline', failure })
    if (failure === undefined || this.#stands) return
    if (!opened && this.#fallsBack(failure)) return this.#kept.hurry()
    if (failure instanceof UnreachableError || failure instanceof TimedOutError) return
    this.#standing.reject(failure)
    void this.#kept.stop()
  }

  /** Until a broker has answered once, which version it speaks is open, unless the caller said it. */
  #fallsBack(failure: FlotillaError): boolean {
    if (this.#options.protocol !== undefined || this.#counts.connections > 0) return false
    const before = this.#protocol
    this.#protocol = nextProtocol(before, failure.code)
    return this.#protocol < before
  }

  #leave(): void {
    const { messages, bytes } = this.#session?.stop() ?? { messages: 0, bytes: 0 }
    this.#count(-messages, -bytes)
    this.#session = undefined
  }

  #look(): void {
    const session = this.#session
    const view = {
      now: performance.now(),
      connected: session !== undefined,
      outstanding: this.#outstanding.messages,
    }
    const { since } = this.#watch
    const { state, reconnect } = watch(this.#watch, view, this.#patience)
    this.#watch = state
    if (!reconnect || session === undefined) return
    this.#counts.stalls++
    this.#suspicion.raise(since)
    this.#kept.hurry()
    session.link.end()
  }
}
