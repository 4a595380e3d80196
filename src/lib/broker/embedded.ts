import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import { systemClock } from '../base/clock.ts'
import { systemCode } from '../base/errors.ts'
import { deviceRules, staffRules } from '../mqtt/rules.ts'
import type { Admission, BrokerEvent, BrokerSettings, EndReason, ServedBroker } from './broker.ts'
import { brokerHooks, type TelemetryMessage } from './embedded/hooks.ts'
import { KeptSessions } from './embedded/kept-sessions.ts'
import { type Listener, listen } from './embedded/listener.ts'
import { endMember, isConnected, type Member, Members, saidGoodbye } from './embedded/member.ts'
import { OnceEach } from './embedded/once-each.ts'
import type { Peer, PeerKind } from './embedded/peer.ts'
import { gateReading } from './embedded/reading-gate.ts'
import { Unstored } from './embedded/unstored.ts'
import { type OutNotice, outNotices } from './out-notice.ts'

export interface EmbeddedSettings extends BrokerSettings {
  readonly admission: Admission
  /** A message of a device; it is acknowledged when this resolves, and never when it rejects. */
  readonly onTelemetry: (message: TelemetryMessage) => Promise<void>
  readonly onEvent: (event: BrokerEvent) => void
}

const CONNECT_MS = 10_000
/** Largest Remaining Length: 128 KB of payload as on AWS, and its topic. Answers of services may be larger. */
const LARGEST = { device: 132 * 1024, staff: 1024 * 1024 } as const
const LAST_STORED_MS = 2000

/**
 * The broker in this process: aedes behind two TLS listeners, by the one table of rules. MQTT 3.1.1; sessions end with
 * the process.
 * @throws UnreachableError `BROKER_PORT`
 */
export async function startEmbeddedBroker(settings: EmbeddedSettings): Promise<ServedBroker> {
  const broker = new EmbeddedBroker(settings)
  try {
    await broker.start()
  } catch (error) {
    await broker[Symbol.asyncDispose]()
    throw error
  }
  return broker
}

class EmbeddedBroker implements ServedBroker {
  readonly kind = 'embedded'
  readonly #settings: EmbeddedSettings
  readonly #members = new Members()
  readonly #aedes: Aedes
  readonly #failing = Promise.withResolvers<Error>()
  #sessions!: KeptSessions
  #barred: ReadonlySet<string>
  readonly #overdue = new WeakSet<Client>()
  #listeners: Partial<Record<PeerKind, Listener>> = {}
  #closing = false

  constructor(settings: EmbeddedSettings) {
    this.#settings = settings
    this.#barred = lowerCase(settings.admission.barred)
    this.#aedes = this.#build()
  }

  get failed(): Promise<Error> {
    return this.#failing.promise
  }

  get port(): number {
    return this.#listeners.device?.port ?? this.#settings.port
  }

  get staffPort(): number {
    return this.#listeners.staff?.port ?? this.#settings.staffPort
  }

  async start(): Promise<void> {
    await this.#aedes.listen()
    this.#sessions = new KeptSessions(this.#aedes)
    this.#listeners.device = await this.#listen('device', this.#settings.port)
    this.#listeners.staff = await this.#listen('staff', this.#settings.staffPort)
  }

  async apply({ trust, barred }: Admission): Promise<readonly string[]> {
    this.#listeners.device?.setTrust(trust)
    this.#listeners.staff?.setTrust(trust)
    const before = this.#barred
    this.#barred = lowerCase(barred)
    const out = this.#members.all().filter((member) => this.#mustGo(member))
    const evicted = out.filter(isConnected).map(({ peer }) => peer.name)
    await Promise.all(out.map(endMember))
    await this.#say(
      outNotices(this.#settings.fleet, [...new Set(evicted)], { barred, at: systemClock.now() }),
    )
    for (const name of barred) if (!before.has(name.toLowerCase())) await this.#sessions.forget(name)
    return evicted
  }

  connections(): number {
    return this.#members.devices
  }

  async #say(notices: readonly OutNotice[]): Promise<void> {
    const say = ({ topic, payload }: OutNotice) =>
      new Promise<void>((resolve) => {
        const packet = { cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false } as const
        this.#aedes.publish(packet, () => resolve())
      })
    await Promise.all(notices.map(say))
  }

  /** What is stored by then is acknowledged; the rest stays with its devices. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    const members = this.#members.all()
    for (const { gate } of members) gate.close()
    const idle = Promise.all(members.map(({ unstored }) => unstored.idle()))
    await Promise.race([idle, sleep(LAST_STORED_MS, undefined, { ref: false })])
    await Promise.all(members.map(endMember))
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()))
    await this.#listeners.device?.[Symbol.asyncDispose]()
    await this.#listeners.staff?.[Symbol.asyncDispose]()
  }

  #build(): Aedes {
    const { clientId, onTelemetry, onEvent } = this.#settings
    const hooks = brokerHooks({
      clientId,
      members: this.#members,
      sessions: () => this.#sessions,
      mustGo: (member) => this.#mustGo(member),
      forward: (packet) => this.#aedes.publish(packet, () => {}),
      onTelemetry,
      onEvent,
      clock: systemClock,
    })
    const aedes = new Aedes({
      ...hooks,
      connectTimeout: CONNECT_MS,
      concurrency: 0, // no bound: with one, a client that does not read holds up everybody's messages
      maxClientsIdLength: 1024, // ids are judged before; a session's name is longer than its client's id
    })
    aedes.on('client', (client) => {
      const peer = this.#members.of(client)?.peer
      if (peer !== undefined) onEvent({ event: 'connected', client: peer.name, kind: peer.kind })
    })
    aedes.on('clientDisconnect', (client) => {
      const member = this.#members.of(client)
      if (member === undefined) return
      const { name, kind } = member.peer
      onEvent({ event: 'disconnected', client: name, kind, reason: this.#endOf(member) })
    })
    aedes.on('keepaliveTimeout', (client) => this.#overdue.add(client))
    aedes.on('connectionError', (client, error) => this.#tellProtocol(this.#members.of(client), error))
    ;(aedes as unknown as NodeJS.EventEmitter).on('error', (error: Error) => this.#failing.resolve(error))
    return aedes
  }

  #endOf(member: Member): EndReason {
    const { client } = member
    if (this.#closing) return 'broker'
    if (this.#mustGo(member)) return 'evicted'
    if (this.#overdue.has(client)) return 'keep-alive'
    if (saidGoodbye(client)) return 'goodbye'
    const isTakenOver = this.#members.all().some((other) => other !== member && other.client.id === client.id)
    return isTakenOver ? 'taken-over' : 'lost'
  }

  #listen(kind: PeerKind, port: number): Promise<Listener> {
    const { bind, admission, onEvent } = this.#settings
    return listen({
      kind,
      bind,
      port,
      trust: admission.trust,
      onPeer: (socket, peer) => this.#admit(socket, peer),
      onRefused: onEvent,
      onFailure: this.#failing.resolve,
    })
  }

  #admit(socket: TLSSocket, peer: Peer): void {
    const isBarred = this.#isBarred(peer)
    if (this.#closing || isBarred || !this.#members.hasRoom(peer)) {
      socket.on('error', () => {})
      socket.destroy()
      if (!this.#closing) this.#refuse(peer, isBarred ? 'blocked' : 'protocol')
      return
    }
    const gate = gateReading(socket, LARGEST[peer.kind], ({ reason, ...more }) => {
      this.#refuse(peer, reason, more)
      socket.destroy()
    })
    const client = this.#aedes.handle(socket)
    const { fleet } = this.#settings
    const unstored = new Unstored({
      write: (bytes) => void (socket.writable && socket.write(bytes)),
      onFull: (full) => (full ? gate.close() : gate.open()),
      onFailure: () => client.close(),
    })
    const rules = peer.kind === 'device' ? deviceRules(fleet, peer.name) : staffRules(fleet, peer.name)
    const deliveries = new OnceEach(client, this.#aedes.id)
    this.#members.add({ peer, rules, client, socket, gate, unstored, deliveries, told: new Set() })
  }

  #isBarred({ kind, name }: Peer): boolean {
    return kind === 'device' && this.#barred.has(name.toLowerCase())
  }

  #mustGo({ peer }: Member): boolean {
    return this.#isBarred(peer) || this.#listeners[peer.kind]?.isRevoked(peer.serial) === true
  }

  #refuse(
    { name, address }: Peer,
    reason: 'blocked' | 'protocol' | 'size',
    more: { readonly bytes?: number } = {},
  ): void {
    this.#settings.onEvent({ event: 'refused', identity: name, reason, address, ...more })
  }

  /** What came before CONNECT, or instead of it. A connection that just ends says nothing, nor does MQTT 5. */
  #tellProtocol(member: Member | undefined, error: Error): void {
    const isVersion = 'errorCode' in error && error.errorCode === 1
    if (member !== undefined && !isVersion && systemCode(error) === undefined) {
      this.#refuse(member.peer, 'protocol')
    }
  }
}

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()))
}
