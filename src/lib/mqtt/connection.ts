import { type FlotillaError, InterruptedError, RefusedError, UnreachableError } from '../base/errors.ts'
import type { Backoff } from '../base/retry.ts'
import type { BrokerAddress, ClientCredential, ProtocolLevel } from './broker-address.ts'
import { KeptLink } from './kept-link.ts'
import { LazyReader } from './lazy-reader.ts'
import type { Link, LinkListener, LinkOptions, Publication } from './link.ts'
import type { ReceivedPublish } from './packet-reader.ts'
import { PendingAnswers } from './pending-answers.ts'
import { encodePubacks } from './receipts.ts'
import { subscriptionFailure } from './subscription-failure.ts'
import { topicMatches } from './topic-filter.ts'

export interface ConnectOptions {
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  /** Unlike the durable consumer's it names no session: whoever connects with it again is somebody new. */
  readonly clientId: string
  /** Default 4: every broker speaks it. With 5 a broker also says which publications it refuses. */
  readonly protocol?: ProtocolLevel
  /** Default true; false leaves alone what the broker keeps for this client id (whoever evicts a device wants that). */
  readonly clean?: boolean
  /** Seconds; default 30. */
  readonly keepalive?: number
  /** Milliseconds for connecting, and for each answer afterwards; default 10 000. */
  readonly within?: number
  readonly signal?: AbortSignal
  /** Opens a lost connection anew and subscribes again, for streams; without it a lost connection is the end. */
  readonly reconnect?: boolean
  readonly backoff?: Backoff
  /** What the broker says of this client when its connection breaks. */
  readonly will?: Publication
  /** Milliseconds to rest between reads: less CPU for streams, so much more latency. Default 0. */
  readonly rest?: number
  readonly onState?: (state: ConnectionState) => void
}

export type ConnectionState =
  | { readonly state: 'online' }
  | { readonly state: 'offline'; readonly failure: FlotillaError | undefined }

export interface Message {
  readonly topic: string
  readonly payload: Uint8Array
  /** The broker had it before the subscription. */
  readonly retained: boolean
}

export interface PublishOptions {
  readonly qos?: 0 | 1
  readonly retain?: boolean
}

/** A connection for a command: what comes is acknowledged at once, and nothing outlives it. */
export interface Connection extends AsyncDisposable {
  /**
   * Resolves with the PUBACK (QoS 1, the default) or when it is sent (QoS 0).
   * @throws RefusedError `PUBLICATION_REFUSED` (MQTT 5 only: with 3.1.1 brokers drop without a word)
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>
  /**
   * Resolves when the broker has granted all filters; the topic of a message is what the sender wrote.
   * @throws RefusedError `SUBSCRIPTION_REFUSED` (MQTT 5; mosquitto grants every filter with 3.1.1)
   */
  subscribe(
    filters: readonly string[],
    receive: (message: Message) => void,
    options?: { readonly qos?: 0 | 1 },
  ): Promise<void>
  /** Resolves when the connection has ended: with the failure, or undefined when `close` was called. */
  readonly closed: Promise<FlotillaError | undefined>
  /** Says goodbye and closes. */
  close(): Promise<void>
}

/**
 * Connects as an application would: TLS with the client's certificate, the broker's checked against the anchor and
 * the host's name.
 * @throws UnreachableError `BROKER_UNREACHABLE` (layer dns, tcp), `BROKER_TLS`, `BROKER_BUSY`
 * @throws VerificationError `BROKER_UNTRUSTED`, `BROKER_NAME`: it is not the broker of this fleet
 * @throws RefusedError `BROKER_REFUSED`: it does not accept the certificate
 * @throws TimedOutError `BROKER_SILENT`
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  options.signal?.throwIfAborted()
  const connection = new LinkConnection(options)
  await connection.opened
  return connection
}

const WITHIN = 10_000

interface Subscription {
  readonly filters: readonly string[]
  readonly qos: 0 | 1
  readonly receive: (message: Message) => void
}

class LinkConnection implements Connection {
  readonly #options: ConnectOptions
  readonly #kept: KeptLink
  readonly #answers = new PendingAnswers()
  readonly #opening = Promise.withResolvers<void>()
  readonly #closing = Promise.withResolvers<FlotillaError | undefined>()
  readonly #abort = () => void this.#stop(new InterruptedError())
  #subscriptions: readonly Subscription[] = []
  #reader: LazyReader | undefined
  #toAcknowledge: number[] = []
  #connected = false

  constructor(options: ConnectOptions) {
    this.#options = options
    const { backoff } = options
    const next = () => this.#linkOptions()
    this.#kept = new KeptLink({ next, listener: this.#listener(), ...(backoff && { backoff }) })
    options.signal?.addEventListener('abort', this.#abort, { once: true })
    this.#kept.start()
  }

  get opened(): Promise<void> {
    return this.#opening.promise
  }

  get closed(): Promise<FlotillaError | undefined> {
    return this.#closing.promise
  }

  async publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    const { qos = 1, retain = false } = options
    const publication = { topic, payload: Buffer.from(payload), qos, retain }
    const link = this.#openLink()
    if (qos === 0) return link.publish(publication, 0)
    const [reason = 0] = await this.#ask('a message', (id) => link.publish(publication, id))
    if (reason >= 0x80) throw publicationRefused(topic, reason)
  }

  async subscribe(
    filters: readonly string[],
    receive: (message: Message) => void,
    { qos = 1 }: { readonly qos?: 0 | 1 } = {},
  ): Promise<void> {
    const subscription = { filters, qos, receive }
    // Before SUBACK, because retained messages may come first (MQTT-3.8.4-3).
    this.#subscriptions = [...this.#subscriptions, subscription]
    await this.#request(this.#openLink(), subscription)
  }

  async close(): Promise<void> {
    await this.#stop(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #linkOptions(): LinkOptions {
    const { broker, credential, clientId, protocol = 4, clean = true, within = WITHIN, will } = this.#options
    const { keepalive = 30 } = this.#options
    return { broker, credential, clientId, protocol, clean, keepalive, within, ...(will && { will }) }
  }

  #listener(): LinkListener {
    return {
      opened: (link) => this.#open(link),
      received: (message) => this.#receive(message),
      acknowledged: (packetId, reason) => this.#answers.answer(packetId, [reason]),
      subscribed: (packetId, granted) => this.#answers.answer(packetId, granted),
      read: () => this.#reader?.read(),
      closed: (failure) => this.#lose(failure),
    }
  }

  #open(link: Link): void {
    this.#connected = true
    this.#reader = new LazyReader(link.socket, this.#options.rest ?? 0, () => this.#acknowledge())
    for (const subscription of this.#subscriptions) {
      this.#request(link, subscription).catch((error: FlotillaError) => link.fail(error))
    }
    this.#opening.resolve()
    this.#options.onState?.({ state: 'online' })
  }

  async #request(link: Link, { filters, qos }: Subscription): Promise<void> {
    const granted = await this.#ask('a subscription', (id) => link.subscribe(filters, id, qos))
    const refused = granted.findIndex((code) => code >= 0x80)
    if (refused !== -1) throw subscriptionFailure(filters[refused] ?? '', granted[refused]!)
  }

  #receive({ topic, payload, retain, qos, packetId }: ReceivedPublish): void {
    if (qos === 1) this.#toAcknowledge.push(packetId)
    for (const { filters, receive } of this.#subscriptions) {
      if (filters.some((filter) => topicMatches(filter, topic))) receive({ topic, payload, retained: retain })
    }
  }

  #acknowledge(): void {
    if (this.#toAcknowledge.length > 0) this.#kept.link?.write(encodePubacks(this.#toAcknowledge))
    this.#toAcknowledge = []
  }

  #lose(failure: FlotillaError | undefined): void {
    this.#reader?.stop()
    this.#toAcknowledge = []
    this.#answers.failAll(failure ?? notConnected())
    this.#options.onState?.({ state: 'offline', failure })
    if (!this.#connected || this.#options.reconnect !== true) void this.#stop(failure)
  }

  async #stop(failure: FlotillaError | undefined): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#opening.reject(failure ?? notConnected())
    this.#acknowledge()
    await this.#kept.stop()
    this.#closing.resolve(failure)
  }

  #ask(what: string, send: (packetId: number) => void): Promise<readonly number[]> {
    return this.#answers.ask(what, this.#options.within ?? WITHIN, send)
  }

  #openLink(): Link {
    const link = this.#kept.link
    if (link === undefined) throw notConnected()
    return link
  }
}

function notConnected(): FlotillaError {
  return new UnreachableError('BROKER_LOST', 'The connection to the broker is not open.', { layer: 'mqtt' })
}

/** The topic is ours, not a device's: it may be shown. */
function publicationRefused(topic: string, reason: number): FlotillaError {
  const code = `0x${reason.toString(16)}`
  return new RefusedError(
    'PUBLICATION_REFUSED',
    `The broker refuses what is published to ${topic} (${code}).`,
    {
      layer: 'mqtt',
      hint: "Compare the broker's access rules with flotilla's: flotilla broker config",
    },
  )
}
