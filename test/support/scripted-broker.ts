import type { TLSSocket } from 'node:tls'
import { generate, type Packet, parser } from 'mqtt-packet'
import type { TestAuthorities } from './certificates.ts'
import { listenTls, type TlsListener } from './tls-listener.ts'

/** One connection to the scripted broker, seen from the broker. */
export class Peer {
  readonly received: Packet[] = []
  readonly socket: TLSSocket
  readonly #version: () => number

  constructor(socket: TLSSocket, version: () => number) {
    this.socket = socket
    this.#version = version
  }

  /** Everything in one write. */
  send(...packets: readonly Packet[]): void {
    this.socket.write(Buffer.concat(packets.map((p) => generate(p, { protocolVersion: this.#version() }))))
  }

  of<C extends Packet['cmd']>(cmd: C): Extract<Packet, { cmd: C }>[] {
    return this.received.filter((packet): packet is Extract<Packet, { cmd: C }> => packet.cmd === cmd)
  }
}

export interface ScriptedBroker extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number }
  readonly peers: readonly Peer[]
}

/**
 * Speaks MQTT by a script, for what real brokers do rarely: repeat themselves, forget, stall, answer oddly. `respond`
 * gets every packet; {@link obliging} is the answer of a broker that agrees to everything.
 */
export async function startScriptedBroker(
  { server, deviceTrust, staffTrust }: TestAuthorities,
  respond: (packet: Packet, peer: Peer, connection: number) => void,
): Promise<ScriptedBroker> {
  const peers: Peer[] = []
  const onConnection = (socket: TLSSocket): void => {
    const options = { protocolVersion: 4 }
    const packets = parser(options)
    const peer = new Peer(socket, () => options.protocolVersion)
    const connection = peers.push(peer)
    packets.on('packet', (packet) => {
      if (packet.cmd === 'connect') options.protocolVersion = packet.protocolVersion ?? 4
      peer.received.push(packet)
      respond(packet, peer, connection)
    })
    socket.on('data', (chunk: Buffer) => packets.parse(chunk))
  }
  const listener: TlsListener = await listenTls({
    server,
    trust: [...deviceTrust, ...staffTrust],
    onConnection,
  })
  return {
    address: { host: '127.0.0.1', port: listener.port },
    peers,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}

/** CONNACK, SUBACK as asked, PINGRESP, PUBACK. */
export function obliging(packet: Packet, peer: Peer): void {
  if (packet.cmd === 'connect') {
    peer.send({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false })
  } else if (packet.cmd === 'subscribe') {
    const granted = packet.subscriptions.map(({ qos }) => qos)
    peer.send({ cmd: 'suback', messageId: packet.messageId!, granted })
  } else if (packet.cmd === 'pingreq') peer.send({ cmd: 'pingresp' })
  else if (packet.cmd === 'publish' && packet.qos === 1)
    peer.send({ cmd: 'puback', messageId: packet.messageId! })
}

/** A QoS 1 PUBLISH. */
export function message(messageId: number, topic = 'dt/acme/p1', payload = '1', dup = false): Packet {
  return { cmd: 'publish', topic, payload, qos: 1, retain: false, dup, messageId }
}
