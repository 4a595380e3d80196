import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import { type FlotillaError, RefusedError, UnreachableError } from '../base/errors.ts'
import { type Backoff, poll } from '../base/retry.ts'
import type { BrokerAddress, ClientCredential, ProtocolLevel } from '../mqtt/broker-address.ts'
import { type ConnectGate, KeptLink } from '../mqtt/kept-link.ts'
import type { Link, LinkListener, LinkOptions, Publication } from '../mqtt/link.ts'
import type { ReceivedPublish } from '../mqtt/packet-reader.ts'
import { encodePresence } from '../mqtt/presence.ts'
import { encodePubacks } from '../mqtt/receipts.ts'
import { commandTopic, parseCommandRequest, presenceTopic, telemetryTopic } from '../mqtt/topics.ts'
import { answerCommand, type CommandHandler } from './commands.ts'
import { InFlight } from './in-flight.ts'
import { MemoryQueue, type Outgoing, type OutgoingQueue } from './outgoing-queue.ts'

export interface AgentOptions {
  /** CN, client id and level of the topics. */
  readonly id: string
  readonly fleet: string
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  /** Default 4; with 5 the broker says when it refuses a message. */
  readonly protocol?: ProtocolLevel
  /** Seconds. */
  readonly keepalive?: number
  /** Messages between PUBLISH and PUBACK at most. */
  readonly outstanding?: number
  readonly queue?: OutgoingQueue
  readonly backoff?: Backoff
  readonly gate?: ConnectGate
  /** Milliseconds until CONNACK. */
  readonly within?: number
  readonly clock?: Clock
  readonly random?: () => number
  readonly onState?: (event: AgentState) => void
  /** What it does for operators, besides `ping` and `info`. */
  readonly commands?: Readonly<Record<string, CommandHandler>>
}

export type AgentState =
  | { readonly state: 'connecting' }
  | { readonly state: 'online'; readonly sessionPresent: boolean }
  /** The broker said no, to the certificate, the client id or by ending the connection. It is tried again. */
  | { readonly state: 'refused'; readonly failure: RefusedError }
  | { readonly state: 'offline'; readonly failure: FlotillaError | undefined }

export interface AgentStats {
  readonly online: boolean
  /** Messages sent for the first time. */
  readonly published: number
  readonly acknowledged: number
  /** Acknowledged with a refusal (MQTT 5): the broker has not passed them on. */
  readonly denied: number
  /** Lost because the queue was full. */
  readonly dropped: number
  /** Kept until they are acknowledged. */
  readonly waiting: number
  readonly reconnects: number
}

export type Reading = Readonly<Record<string, number | string | boolean>>

/** Also keeps presence apart from telemetry, which the queue must hear of when it is acknowledged. */
interface Flight {
  readonly publication: Publication
  readonly outgoing: Outgoing | undefined
}

/**
 * The reference device: a persistent session with a will, retained presence, and telemetry with event time at QoS 1,
 * sent again until it is acknowledged. It answers commands, and reconnects for ever, whatever the broker says.
 */
export class DeviceAgent implements AsyncDisposable {
  readonly id: string
  readonly #options: AgentOptions
  readonly #clock: Clock
  readonly #queue: OutgoingQueue
  readonly #kept: KeptLink
  readonly #topic: string
  readonly #inFlight = new InFlight<Flight>()
  readonly #counts = { published: 0, acknowledged: 0, denied: 0, dropped: 0, connections: 0 }
  readonly #commands: Readonly<Record<string, CommandHandler>>
  readonly #startedAt = performance.now()
  #session = ''
  #window: number
  #closing = false

  constructor(options: AgentOptions) {
    const { backoff, gate, random } = options
    this.id = options.id
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#queue = options.queue ?? new MemoryQueue(1000)
    this.#topic = telemetryTopic(options.fleet, options.id)
    this.#window = options.outstanding ?? 20
    this.#commands = {
      ping: () => ({ ts: this.#clock.now() }),
      info: () => this.#info(),
      ...options.commands,
    }
    this.#kept = new KeptLink({
      next: () => this.#linkOptions(),
      listener: this.#listener(),
      ...(backoff && { backoff }),
      ...(gate && { gate }),
      ...(random && { random }),
    })
  }

  start(): void {
    this.#kept.start()
  }

  get stats(): AgentStats {
    const { connections, ...counts } = this.#counts
    const online = this.#kept.link !== undefined
    return { ...counts, online, waiting: this.#queue.size, reconnects: Math.max(0, connections - 1) }
  }

  /** Sends one message with its event time (milliseconds since 1970), now or when there is a connection again. */
  report(reading: Reading, at: number = this.#clock.now()): void {
    if (this.#closing) return
    const kept = this.#queue.add({ topic: this.#topic, payload: JSON.stringify({ ts: at, ...reading }) })
    if (!kept) this.#counts.dropped++
    this.#pump()
  }

  /** Breaks the connection without goodbye, as a bad link does: the broker sends the will, and the device comes back. */
  cut(): void {
    this.#kept.link?.fail(
      new UnreachableError('LINK_CUT', 'The connection was cut on purpose.', { layer: 'tcp' }),
    )
  }

  /**
   * Leaves in good order: what is kept is sent and acknowledged (for at most `within` milliseconds), then presence
   * says `offline` and the connection ends without the will.
   */
  async close({ within = 5000 } = {}): Promise<void> {
    this.#closing = true
    const until = performance.now() + within
    await this.#drained(until, () => this.#queue.size === 0)
    this.#announce('offline')
    await this.#drained(until, () => this.#inFlight.size === 0)
    await this.#kept.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #drained(until: number, done: () => boolean): Promise<void> {
    const within = Math.max(0, until - performance.now())
    await poll(() => (done() || this.#kept.link === undefined ? true : undefined), { within, every: 10 })
  }

  #linkOptions(): LinkOptions {
    const { id, broker, credential, protocol = 4, keepalive = 60, within = 20_000 } = this.#options
    this.#session = randomBytes(6).toString('hex')
    const will = this.#presence('offline')
    this.#options.onState?.({ state: 'connecting' })
    return {
      broker,
      credential,
      clientId: id,
      protocol,
      clean: false,
      sessionExpiry: DAY,
      keepalive,
      will,
      within,
    }
  }

  #listener(): LinkListener {
    return {
      opened: (link, session) => this.#open(link, session.present, session.receiveMaximum),
      received: (message) => this.#receive(message),
      acknowledged: (packetId, reason) => this.#settle(packetId, reason),
      subscribed: () => {},
      read: () => {},
      closed: (failure) => this.#lose(failure),
    }
  }

  #open(link: Link, sessionPresent: boolean, receiveMaximum: number): void {
    this.#counts.connections++
    // Also in a session that the broker kept: it may be that of a device without commands.
    link.subscribe([commandTopic(this.#options.fleet, this.id, '+', 'request')], this.#inFlight.freeId())
    // MQTT 5 §3.3.4: no more in flight than the broker allows.
    this.#window = Math.min(this.#options.outstanding ?? 20, receiveMaximum)
    for (const { packetId, message } of this.#inFlight.all()) {
      link.publish(message.publication, packetId, sessionPresent)
    }
    this.#announce('online')
    this.#options.onState?.({ state: 'online', sessionPresent })
    this.#pump()
  }

  /** Its answer may be lost with the connection: who asked has a deadline. */
  #receive({ topic, payload, qos, packetId }: ReceivedPublish): void {
    const name = parseCommandRequest(topic)
    const answer =
      name === undefined ? undefined : answerCommand(this.#commands, name, payload, this.#clock.now())
    if (name !== undefined && answer !== undefined) {
      const response = commandTopic(this.#options.fleet, this.id, name, 'response')
      const publication: Publication = {
        topic: response,
        payload: JSON.stringify(answer),
        qos: 1,
        retain: false,
      }
      this.#send({ publication, outgoing: undefined })
    }
    if (qos === 1) this.#kept.link?.write(encodePubacks([packetId]))
  }

  #info(): Readonly<Record<string, unknown>> {
    const { published, acknowledged, dropped, waiting, reconnects } = this.stats
    const uptime = Math.round((performance.now() - this.#startedAt) / 1000)
    return {
      agent: 'flotilla',
      device: this.id,
      uptime,
      published,
      acknowledged,
      dropped,
      waiting,
      reconnects,
    }
  }

  #pump(): void {
    while (this.#kept.link !== undefined && this.#inFlight.size < this.#window) {
      const outgoing = this.#queue.take()
      if (outgoing === undefined) return
      this.#counts.published++
      this.#send({ publication: { ...outgoing, qos: 1, retain: false }, outgoing })
    }
  }

  #send(flight: Flight): void {
    this.#kept.link?.publish(flight.publication, this.#inFlight.add(flight))
  }

  #settle(packetId: number, reason: number): void {
    const outgoing = this.#inFlight.settle(packetId)?.outgoing
    if (outgoing !== undefined) {
      this.#queue.settle(outgoing)
      if (reason < 0x80) this.#counts.acknowledged++
      else this.#counts.denied++
    }
    this.#pump()
  }

  /** Presence of a connection that is gone is not worth sending again: the will has said it. */
  #lose(failure: FlotillaError | undefined): void {
    for (const { packetId, message } of this.#inFlight.all()) {
      if (message.outgoing === undefined) this.#inFlight.settle(packetId)
    }
    if (failure instanceof RefusedError) this.#options.onState?.({ state: 'refused', failure })
    else this.#options.onState?.({ state: 'offline', failure })
  }

  #announce(state: 'online' | 'offline'): void {
    if (this.#kept.link !== undefined) this.#send({ publication: this.#presence(state), outgoing: undefined })
  }

  #presence(state: 'online' | 'offline'): Publication {
    const { fleet, id } = this.#options
    const payload = encodePresence({ state, ts: this.#clock.now(), session: this.#session })
    return { topic: presenceTopic(fleet, id), payload, qos: 1, retain: true }
  }
}

const DAY = 86_400
