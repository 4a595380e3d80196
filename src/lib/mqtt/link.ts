import {
  clearImmediate,
  clearInterval,
  clearTimeout,
  setImmediate,
  setInterval,
  setTimeout,
} from 'node:timers'
import type { TLSSocket } from 'node:tls'
import { generate, type IConnackPacket, type Packet } from 'mqtt-packet'
import { type FlotillaError, RefusedError, TimedOutError, UnreachableError } from '../base/errors.ts'
import type { BrokerAddress, ClientCredential, ProtocolLevel } from './broker-address.ts'
import { connackFailure, disconnectFailure } from './connack.ts'
import { connectionFailure, connectionLost, connectionTimedOut } from './connection-failure.ts'
import { type Dial, dial } from './dial.ts'
import { Inbox } from './inbox.ts'
import { ownValidity } from './own-validity.ts'
import { PacketReader, type ReceivedPublish } from './packet-reader.ts'

export interface LinkOptions {
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  readonly clientId: string
  readonly protocol: ProtocolLevel
  readonly clean: boolean
  /** Seconds that the broker keeps the session without a connection; MQTT 5 only. */
  readonly sessionExpiry?: number
  /** How many QoS 1 messages the broker may have in flight towards us; MQTT 5 only, and not every broker heeds it. */
  readonly receiveMaximum?: number
  /** Seconds; CONNECT says it rounded up, PINGs come by the exact value. */
  readonly keepalive: number
  readonly will?: Publication
  /** Milliseconds until CONNACK. */
  readonly within: number
}

export interface Publication {
  readonly topic: string
  readonly payload: string | Buffer
  readonly qos: 0 | 1
  readonly retain: boolean
}

export interface OpenedSession {
  /** The broker kept the session of an earlier connection. */
  readonly present: boolean
  /** How many QoS 1 messages the broker wants in flight towards it at most (MQTT 5 §3.2.2.3.3). */
  readonly receiveMaximum: number
}

/** Told synchronously and in order; none is called after `closed`. */
export interface LinkListener {
  /** CONNACK came. What the session held may follow at once, in the same turn. */
  opened(link: Link, session: OpenedSession): void
  received(message: ReceivedPublish): void
  /** PUBACK. `reason` from 0x80 on: refused (MQTT 5). */
  acknowledged(packetId: number, reason: number): void
  /** SUBACK: the granted QoS of each filter, or 0x80 and above where it was refused. */
  subscribed(packetId: number, granted: readonly number[]): void
  /** What a turn of the event loop brought has been handed on. */
  read(): void
  /** Exactly once, whether it was opened before or not; undefined: we ended it. */
  closed(failure: FlotillaError | undefined): void
}

const GOODBYE_MS = 1000
/** So much is parsed at once, whatever else the turn may bring: what it brings must be able to stop the reading. */
const GULP = 16 * 1024

/**
 * One MQTT network connection over TLS, from CONNECT to its end: no session state, no reconnecting. MQTT 3.1.1 or 5,
 * QoS 0 and 1, no topic aliases. Whoever holds it sends PUBACKs when it sees fit, which MQTT.js cannot do.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #listener: LinkListener
  readonly #dial: Dial
  readonly #packets: PacketReader
  readonly #inbox = new Inbox()
  #turn: NodeJS.Immediate | undefined
  readonly #deadline: NodeJS.Timeout
  #pings: NodeJS.Timeout | undefined
  #pinged = false
  #opened = false
  #ending = false
  #failure: FlotillaError | undefined

  /** @throws UsageError `CREDENTIAL_BROKEN` */
  constructor(options: LinkOptions, listener: LinkListener) {
    this.#options = options
    this.#listener = listener
    this.#dial = dial(options.broker, options.credential, (bytes) => this.#arrive(bytes))
    this.#packets = new PacketReader(options.protocol, {
      published: (message) => this.#isOpen() && listener.received(message),
      acknowledged: (packetId, reason) => this.#isOpen() && listener.acknowledged(packetId, reason),
      other: (packet) => this.#receive(packet),
      broken: () => this.fail(protocolFailure()),
    })
    this.#deadline = setTimeout(() => this.#expire(), options.within)
    this.#listen(this.#dial.socket)
  }

  get socket(): TLSSocket {
    return this.#dial.socket
  }

  write(bytes: Buffer): void {
    if (!this.socket.destroyed && !this.#ending) this.socket.write(bytes)
  }

  send(packet: Packet): void {
    this.write(generate(packet, { protocolVersion: this.#options.protocol }))
  }

  publish({ topic, payload, qos, retain }: Publication, packetId: number, dup = false): void {
    this.send({ cmd: 'publish', topic, payload, qos, retain, dup, messageId: packetId })
  }

  subscribe(filters: readonly string[], packetId: number, qos: 0 | 1 = 1): void {
    const subscriptions = filters.map((topic) => ({ topic, qos, nl: false, rap: false, rh: 0 }))
    this.send({ cmd: 'subscribe', messageId: packetId, subscriptions })
  }

  /** Says goodbye (DISCONNECT: the broker then sends no will) and closes; `closed` follows within a second. */
  end(): void {
    if (this.#ending) return
    if (this.#opened) this.send({ cmd: 'disconnect' })
    this.#ending = true
    this.socket.resume() // a paused socket never sees the other side's end
    this.socket.end()
    const timer = setTimeout(() => this.socket.destroy(), this.#opened ? GOODBYE_MS : 0)
    this.socket.once('close', () => clearTimeout(timer))
  }

  /** Cuts the connection without goodbye; the broker sends the will. */
  fail(failure: FlotillaError): void {
    this.#failure ??= failure
    this.socket.destroy()
  }

  #listen(socket: TLSSocket): void {
    socket.once('secureConnect', () => this.#connect())
    socket.once('end', () => this.#read())
    socket.on('error', (error) => this.#break(error))
    socket.once('close', () => this.#close())
  }

  #connect(): void {
    const { clientId, clean, keepalive, protocol, will, sessionExpiry, receiveMaximum } = this.#options
    const properties = {
      ...(sessionExpiry === undefined ? {} : { sessionExpiryInterval: sessionExpiry }),
      ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
    }
    this.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: protocol,
      clientId,
      clean,
      keepalive: Math.ceil(keepalive),
      ...(will === undefined ? {} : { will: { ...will, payload: Buffer.from(will.payload) } }),
      ...(protocol === 5 ? { properties } : {}),
    })
  }

  #arrive(bytes: Uint8Array): void {
    this.#inbox.add(bytes)
    if (this.#inbox.length >= GULP) this.#read()
    else this.#turn ??= setImmediate(() => this.#read())
  }

  #read(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    if (this.#inbox.length === 0) return
    this.#pinged = false
    for (const bytes of this.#inbox.take()) this.#packets.read(bytes)
    if (this.#opened) this.#listener.read()
  }

  /** Not behind the packet that ended it, though both came in one piece, nor before CONNACK (MQTT-3.2.0-1). */
  #isOpen(): boolean {
    if (this.#ending || this.#failure !== undefined) return false
    if (!this.#opened) this.fail(protocolFailure())
    return this.#opened
  }

  #receive(packet: Packet): void {
    if (packet.cmd === 'connack' && !this.#ending && this.#failure === undefined) return this.#open(packet)
    if (!this.#isOpen()) return
    if (packet.cmd === 'suback') this.#listener.subscribed(packet.messageId!, packet.granted as number[])
    else if (packet.cmd === 'disconnect') this.fail(disconnectFailure(packet.reasonCode ?? 0))
  }

  #open(packet: IConnackPacket): void {
    const code = this.#options.protocol === 5 ? packet.reasonCode : packet.returnCode
    if (this.#opened) return this.fail(protocolFailure())
    if (code !== 0) return this.fail(connackFailure(code ?? 0x80))
    this.#opened = true
    clearTimeout(this.#deadline)
    const keepalive = packet.properties?.serverKeepAlive ?? this.#options.keepalive
    this.#pings = setInterval(() => this.#ping(), keepalive * 750)
    const receiveMaximum = packet.properties?.receiveMaximum ?? 65_535
    this.#listener.opened(this, { present: packet.sessionPresent, receiveMaximum })
  }

  /** Any byte since the last PING proves life; while nothing is read, silence proves nothing. */
  #ping(): void {
    if (this.#pinged && !this.socket.isPaused()) return this.fail(silentFailure())
    this.#pinged = !this.socket.isPaused()
    this.send({ cmd: 'pingreq' })
  }

  #expire(): void {
    this.fail(connectionTimedOut(this.#dial.stage(), this.#options.broker, this.#options.within))
  }

  #break(error: Error): void {
    if (this.#ending) return
    this.#read() // why may have been said
    const { broker, credential } = this.#options
    if (this.#opened) this.#failure ??= connectionLost(error, broker)
    else
      this.#failure ??= connectionFailure(
        error,
        this.#dial.stage(),
        broker,
        ownValidity(credential.chain, Date.now()),
      )
  }

  #close(): void {
    clearImmediate(this.#turn)
    clearTimeout(this.#deadline)
    clearInterval(this.#pings)
    if (!this.#ending) this.#break(new Error('closed by the broker'))
    this.#listener.closed(this.#failure)
  }
}

function protocolFailure(): FlotillaError {
  return new UnreachableError('BROKER_PROTOCOL', 'The broker sent something that is not MQTT.', {
    layer: 'mqtt',
    hint: 'Check the port in fleet.yaml.',
  })
}

function silentFailure(): FlotillaError {
  return new TimedOutError('BROKER_SILENT', 'The broker did not answer a PING in time.', { layer: 'mqtt' })
}

/** A message of QoS 2, although QoS 1 is the most that was asked for (MQTT-3.8.4-8). */
export function unexpectedQos(): FlotillaError {
  return new RefusedError('MQTT_QOS', 'The broker delivers QoS 2 although QoS 1 was asked for.', {
    layer: 'mqtt',
  })
}
