import { type Packet, parser } from 'mqtt-packet'
import type { ProtocolLevel } from './broker-address.ts'

export interface ReceivedPublish {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  readonly dup: boolean
  /** 0 for QoS 0. */
  readonly packetId: number
}

/** Told synchronously and in order. */
export interface PacketListener {
  published(message: ReceivedPublish): void
  acknowledged(packetId: number, reason: number): void
  /** Every other packet. */
  other(packet: Packet): void
  /** What came is no MQTT; nothing more is read. */
  broken(): void
}

const [PUBLISH, PUBACK] = [3, 4]
/** PUBREL, SUBSCRIBE, UNSUBSCRIBE. */
const WITH_FLAG = new Set([6, 8, 10])
/** Bytes of a fixed header at most: the type, and a length of four (MQTT-2.2.3). */
const LONGEST_HEADER = 5

/**
 * Splits a stream of bytes into MQTT packets. PUBLISH and PUBACK, of which there are millions, are read here; what
 * there is one of in a connection is left to the library.
 */
export class PacketReader {
  readonly #listener: PacketListener
  readonly #version: ProtocolLevel
  readonly #others
  /** The beginning of a packet, and how many bytes it has; 0: not known yet. */
  #begun: Buffer[] = []
  #length = 0
  #missing = 0
  #broken = false

  constructor(version: ProtocolLevel, listener: PacketListener) {
    this.#version = version
    this.#listener = listener
    this.#others = parser({ protocolVersion: version })
    this.#others.on('packet', (packet) => listener.other(packet))
    this.#others.on('error', () => this.#break())
  }

  /** Payloads are views of the bytes, which must not change afterwards. */
  read(bytes: Buffer): void {
    const joined = this.#joined(bytes)
    if (joined === undefined) return
    let from = 0
    while (!this.#broken && from < joined.length) {
      const header = fixedHeader(joined, from)
      if (header === 'broken') return this.#break()
      if (header === undefined || header.end > joined.length) {
        this.#begun = [joined.subarray(from)]
        this.#length = joined.length - from
        this.#missing = header === undefined ? 1 : header.end - joined.length
        return
      }
      this.#packet(joined, from, header)
      from = header.end
    }
  }

  /** With what was begun before; undefined while the packet is not whole, so that a long one is joined only once. */
  #joined(bytes: Buffer): Buffer | undefined {
    if (this.#begun.length === 0) return bytes
    this.#begun.push(bytes)
    this.#length += bytes.length
    this.#missing -= bytes.length
    if (this.#missing > 0) return undefined
    const joined = Buffer.concat(this.#begun, this.#length)
    this.#begun = []
    return joined
  }

  #packet(bytes: Buffer, from: number, { body, end }: FixedHeader): void {
    const type = bytes[from]! >> 4
    if (type === PUBLISH) return this.#publish(bytes, bytes[from]!, body, end)
    if (type === PUBACK && end - body >= 2) {
      const reason = end - body > 2 ? bytes[body + 2]! : 0
      return this.#listener.acknowledged(bytes.readUInt16BE(body), reason)
    }
    try {
      this.#others.parse(bytes.subarray(from, end))
    } catch {
      this.#break() // the library throws at some of what it does not know
    }
  }

  /** MQTT-3.3: flags in the first byte; topic, packet id, properties (MQTT 5), payload. */
  #publish(bytes: Buffer, flags: number, body: number, end: number): void {
    const qos = (flags >> 1) & 3
    if (qos === 3 || end - body < 2) return this.#break()
    const idAt = body + 2 + bytes.readUInt16BE(body)
    let payloadAt = qos === 0 ? idAt : idAt + 2
    if (payloadAt > end) return this.#break()
    if (this.#version === 5) {
      const properties = variableInteger(bytes, payloadAt, end)
      if (properties === undefined) return this.#break()
      payloadAt = properties.end + properties.value
      if (payloadAt > end) return this.#break()
    }
    this.#listener.published({
      topic: bytes.toString('utf8', body + 2, idAt),
      payload: bytes.subarray(payloadAt, end),
      qos: qos as 0 | 1 | 2,
      retain: (flags & 1) === 1,
      dup: (flags & 8) === 8,
      packetId: qos === 0 ? 0 : bytes.readUInt16BE(idAt),
    })
  }

  #break(): void {
    if (this.#broken) return
    this.#broken = true
    this.#listener.broken()
  }
}

interface FixedHeader {
  /** Where what follows the header begins. */
  readonly body: number
  /** Behind the packet. */
  readonly end: number
}

/** undefined: not all of it is there yet. */
function fixedHeader(bytes: Buffer, from: number): FixedHeader | 'broken' | undefined {
  if (!hasItsFlags(bytes[from]!)) return 'broken'
  const length = variableInteger(bytes, from + 1, bytes.length)
  if (length !== undefined) return { body: length.end, end: length.end + length.value }
  return bytes.length - from < LONGEST_HEADER ? undefined : 'broken'
}

/** Told by the first byte, so that a peer that speaks another protocol is not waited for (MQTT-2.1.3). */
function hasItsFlags(first: number): boolean {
  const [type, flags] = [first >> 4, first & 15]
  return type === PUBLISH || flags === (WITH_FLAG.has(type) ? 2 : 0)
}

/** A variable byte integer (MQTT-1.5.5); undefined when it does not end within four bytes or before `end`. */
function variableInteger(bytes: Buffer, from: number, end: number) {
  let value = 0
  for (let index = 0; index < 4 && from + index < end; index++) {
    const byte = bytes[from + index]!
    value += (byte & 0x7f) << (7 * index)
    if (byte < 0x80) return { value, end: from + index + 1 }
  }
  return undefined
}
