import { setTimeout } from 'node:timers'
import type { AedesOptions, Client, PublishPacket, Subscription } from 'aedes'
import { generate } from 'mqtt-packet'
import type { Clock } from '../../base/clock.ts'
import { mayPublish, mayReceive, maySubscribe } from '../../mqtt/rules.ts'
import { parsePresenceTopic, parseTelemetryTopic } from '../../mqtt/topics.ts'
import type { BrokerEvent, ClientIdRule } from '../broker.ts'
import type { KeptSessions } from './kept-sessions.ts'
import type { Member, Members } from './member.ts'
import { sessionId } from './session-id.ts'

/** A message of a device, as ingest gets it. */
export interface TelemetryMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
}

export interface HookContext {
  readonly clientId: ClientIdRule
  readonly members: Members
  readonly sessions: () => KeptSessions
  /** Barred or revoked, and not yet gone. */
  readonly mustGo: (member: Member) => boolean
  /** Passes a message on to whoever may read it. */
  readonly forward: (packet: PublishPacket) => void
  readonly onTelemetry: (message: TelemetryMessage) => Promise<void>
  readonly onEvent: (event: BrokerEvent) => void
  readonly clock: Clock
}

type Hooks = Required<
  Pick<AedesOptions, 'preConnect' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>
>

/** Refused messages go here, acknowledged: under MQTT 3.1.1 there is no other way to refuse one and stay connected. */
const NOWHERE = '$nowhere'
const NOTHING = Buffer.alloc(0)
/** CONNACK 2 (§3.2.2.3): identifier rejected. */
const IDENTIFIER_REJECTED = generate({ cmd: 'connack', returnCode: 2, sessionPresent: false })
const GOODBYE_MS = 1000
/** Bytes that may wait in a socket for a client that does not read: then QoS 0 is dropped, then the client. */
const SLOW = 1024 * 1024
const STUCK = 16 * SLOW
/** Filters of one connection. */
const SUBSCRIPTIONS = 500
/** Kinds of refused topics that are told of one connection. */
const TOLD = 16

/** What the table of rules makes of every packet. */
export function brokerHooks(context: HookContext): Hooks {
  return {
    preConnect: (client, packet, done) => {
      const member = context.members.of(client)
      if (member === undefined) return done(new Error('its connection is over'), false)
      // MQTT 5 is answered by aedes with CONNACK 1, and the client tries again with 3.1.1.
      if (packet.protocolVersion === 5) return done(null, true)
      const { clientId, clean = true } = packet
      const id = sessionId(context.clientId, member.peer, { clientId, clean })
      if (id === undefined || !context.sessions().note(member.peer.name, id, clean)) {
        return rejectIdentifier(member, context)
      }
      packet.clientId = id
      done(null, true)
    },
    authorizePublish: (client, packet, done) => publish(context, client, packet, done),
    authorizeSubscribe: (client, subscription, done) => {
      const granted = isGranted(context.members.of(client), subscription)
      // aedes keeps refused filters of a packet beside the granted ones: at QoS 0 nothing is queued for them.
      if (!granted) subscription.qos = 0
      queueMicrotask(() => done(null, granted ? subscription : null)) // once all of the packet are judged
    },
    authorizeForward: (client, packet) => {
      const member = context.members.of(client)
      if (member === undefined || context.mustGo(member)) return null
      if (!mayReceive(member.rules, packet.topic) || isTooSlow(member, packet.qos)) return null
      // A message from the queue of the session carries an id already; it is not a second copy.
      const isLive = packet.messageId === undefined
      return !isLive || member.deliveries.isFirst(packet.brokerCounter) ? packet : null
    },
  }
}

/** Without aedes, whose refusal would clear what it keeps for the session of that name. */
function rejectIdentifier({ peer, socket }: Member, { onEvent }: HookContext): void {
  onEvent({ event: 'refused', identity: peer.name, reason: 'client-id', address: peer.address })
  socket.end(IDENTIFIER_REJECTED)
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref()
}

function publish(
  context: HookContext,
  client: Client | null,
  packet: PublishPacket,
  done: (error?: Error | null) => void,
): void {
  const member = context.members.of(client)
  if (member === undefined) return done(new Error('nobody published it'))
  const isWill = member.client.closed
  const mustGo = context.mustGo(member)
  if (mustGo || !mayPublish(member.rules, packet.topic)) {
    // The will of one that is being put out is not an attempt of its own.
    if (!mustGo || !isWill) tellRefused(context, member, packet.topic)
    if (isWill) return done(new Error('not authorised'))
    toNowhere(packet)
    return done(null)
  }
  if (member.peer.kind === 'device') {
    // Only presence is kept: a device could fill the memory with retained messages under ever new channels.
    if (parsePresenceTopic(packet.topic) === undefined) packet.retain = false
    if (parseTelemetryTopic(packet.topic) !== undefined) return telemetry(context, member, packet, done)
  }
  done(null)
}

/**
 * Hands the message to ingest and passes it on to whoever listens. aedes would send PUBACK now and read nothing else
 * if it were kept waiting, PINGs included; so it is shown an empty QoS 0 packet, and PUBACK follows from `unstored`.
 */
function telemetry(
  { onTelemetry, forward, clock }: HookContext,
  { client, unstored }: Member,
  packet: PublishPacket,
  done: (error?: Error | null) => void,
): void {
  const { topic, qos, messageId = 0 } = packet
  const payload = packet.payload as Buffer
  const stored = onTelemetry({ topic, payload, arrivedAt: clock.now() })
  if (client.closed || qos === 2) {
    stored.then(
      () => done(null),
      (error: Error) => done(error),
    )
    return
  }
  void unstored.add(qos === 1 ? messageId : 0, payload.length, stored)
  forward({ cmd: 'publish', topic, payload, qos, retain: false, dup: false })
  toNowhere(packet)
  packet.qos = 0
  done(null)
}

function toNowhere(packet: PublishPacket): void {
  packet.topic = NOWHERE
  packet.payload = NOTHING
  packet.retain = false
}

function tellRefused({ onEvent }: HookContext, { peer, told }: Member, topic: string): void {
  const kind = topic.split('/', 2).join('/')
  if (told.has(kind) || told.size >= TOLD) return
  told.add(kind)
  onEvent({ event: 'refused', identity: peer.name, reason: 'topic', address: peer.address, topic })
}

/** `$share/…` is granted by aedes, and brings nothing. No rule overlaps it, so it is refused like any other filter. */
function isGranted(member: Member | undefined, { topic }: Subscription): boolean {
  if (member === undefined) return false
  const { subscriptions } = member.client as unknown as { readonly subscriptions: object }
  return maySubscribe(member.rules, topic) && Object.keys(subscriptions).length < SUBSCRIPTIONS
}

function isTooSlow({ client, socket }: Member, qos: 0 | 1 | 2): boolean {
  if (socket.writableLength > STUCK) client.close()
  return socket.writableLength > (qos === 0 ? SLOW : STUCK)
}
