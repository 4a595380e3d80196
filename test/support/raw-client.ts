import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { generate, type Packet, parser } from 'mqtt-packet'
import { poll } from '../../src/lib/base/retry.ts'
import type { ClientCredential } from '../../src/lib/mqtt/broker-address.ts'

/** A client that sends exactly what it is told, right or wrong, and shows exactly what came. */
export class RawClient implements AsyncDisposable {
  readonly socket: TLSSocket
  readonly packets: Packet[] = []
  closed = false

  private constructor(socket: TLSSocket) {
    this.socket = socket
    const incoming = parser({ protocolVersion: 4 })
    incoming.on('packet', (packet) => this.packets.push(packet))
    socket.on('data', (bytes: Buffer) => incoming.parse(bytes))
    socket.on('error', () => {}) // `closed` says it
    socket.once('close', () => (this.closed = true))
  }

  /** After the handshake; no byte of MQTT is sent. */
  static async open(port: number, { key, chain, anchor }: ClientCredential): Promise<RawClient> {
    const client = new RawClient(connect({ host: '127.0.0.1', port, key, cert: chain, ca: anchor }))
    await once(client.socket, 'secureConnect')
    return client
  }

  /** With CONNECT said and answered. */
  static async connected(port: number, credential: ClientCredential, clientId: string): Promise<RawClient> {
    const client = await RawClient.open(port, credential)
    client.send(connectPacket(clientId))
    await client.until('connack')
    return client
  }

  /** In one write. */
  send(...packets: readonly Packet[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => generate(packet))))
  }

  /** Of this kind, in the order in which they came. */
  all<K extends Packet['cmd']>(kind: K): readonly Extract<Packet, { cmd: K }>[] {
    return this.packets.filter((packet): packet is Extract<Packet, { cmd: K }> => packet.cmd === kind)
  }

  async until(kind: Packet['cmd'], count = 1): Promise<void> {
    const come = await poll(() => this.all(kind).length >= count || undefined, { within: 3000, every: 5 })
    if (come !== true) throw new Error(`${this.all(kind).length} of ${count} ${kind} came`)
  }

  async ended(within = 3000): Promise<boolean> {
    return (await poll(() => this.closed || undefined, { within, every: 5 })) === true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    await this.ended()
  }
}

export function connectPacket(clientId: string, more: { readonly clean?: boolean } = {}): Packet {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId,
    clean: true,
    keepalive: 60,
    ...more,
  }
}

export function publishPacket(topic: string, payload: string | Buffer, messageId?: number): Packet {
  const qos = messageId === undefined ? 0 : 1
  return { cmd: 'publish', topic, payload, qos, retain: false, dup: false, ...(messageId && { messageId }) }
}
