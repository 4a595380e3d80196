import { crc32 } from 'node:zlib'

/** A message that waits for the store, with what makes the same rows of it at any time. */
export interface SpooledMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
  /** Of its samples without event time, the first has this one (µs). */
  readonly moment: number
}

/**
 * Record: a head (8 bytes of salt, length and number of messages, the number of its first message, CRC-32 of the body,
 * CRC-32 of the head before it) and a body of messages (arrival, moment, lengths, topic, payload). Little-endian.
 *
 * The salt stands in the name of the file, is random and known to no device: what a device puts into a payload is
 * never taken for a record when one is looked for behind damage.
 */
export const SALT_BYTES = 8
export const HEAD_BYTES = 32
const MESSAGE_BYTES = 22
/** No record is longer: a length beyond this is none. */
export const LARGEST_RECORD = 64 * 1024 * 1024

export interface RecordHead {
  /** Bytes, without the head. */
  readonly length: number
  readonly count: number
  /** How many messages came into the spool before its first. */
  readonly first: number
}

export function encodedBytes({ topic, payload }: SpooledMessage): number {
  return MESSAGE_BYTES + Buffer.byteLength(topic) + payload.length
}

export function encodeRecord(messages: readonly SpooledMessage[], first: number, salt: Buffer): Buffer {
  const length = messages.reduce((sum, message) => sum + encodedBytes(message), 0)
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length)
  let at = HEAD_BYTES
  for (const message of messages) at = writeMessage(bytes, at, message)
  bytes.set(salt, 0)
  bytes.writeUInt32LE(length, 8)
  bytes.writeUInt32LE(messages.length, 12)
  bytes.writeDoubleLE(first, 16)
  bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES)), 24)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28)
  return bytes
}

function writeMessage(bytes: Buffer, start: number, message: SpooledMessage): number {
  const { topic, payload, arrivedAt, moment } = message
  const topicAt = start + MESSAGE_BYTES
  const topicBytes = bytes.write(topic, topicAt)
  bytes.writeDoubleLE(arrivedAt, start)
  bytes.writeDoubleLE(moment, start + 8)
  bytes.writeUInt16LE(topicBytes, start + 16)
  bytes.writeUInt32LE(payload.length, start + 18)
  bytes.set(payload, topicAt + topicBytes)
  return topicAt + topicBytes + payload.length
}

/** What stands at a place: a whole record, the beginning of one, or something else. */
export type Found = { readonly head: RecordHead; readonly body: Buffer } | 'torn' | 'damaged'

export function findRecord(bytes: Buffer, at: number, salt: Buffer): Found {
  const start = bytes.subarray(at, at + SALT_BYTES)
  if (!start.equals(salt.subarray(0, start.length))) return 'damaged'
  if (bytes.length - at < HEAD_BYTES) return 'torn'
  if (crc32(bytes.subarray(at, at + 28)) !== bytes.readUInt32LE(at + 28)) return 'damaged'
  const head = {
    length: bytes.readUInt32LE(at + 8),
    count: bytes.readUInt32LE(at + 12),
    first: bytes.readDoubleLE(at + 16),
  }
  if (head.length > LARGEST_RECORD) return 'damaged'
  const body = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + head.length)
  if (body.length < head.length) return 'torn'
  return crc32(body) === bytes.readUInt32LE(at + 24) ? { head, body } : 'damaged'
}

/** The messages of a whole record; their payloads are views of its body. */
export function decodeMessages(body: Buffer): readonly SpooledMessage[] {
  const messages: SpooledMessage[] = []
  for (let at = 0; at < body.length; ) {
    const topicAt = at + MESSAGE_BYTES
    const payloadAt = topicAt + body.readUInt16LE(at + 16)
    const end = payloadAt + body.readUInt32LE(at + 18)
    messages.push({
      arrivedAt: body.readDoubleLE(at),
      moment: body.readDoubleLE(at + 8),
      topic: body.toString('utf8', topicAt, payloadAt),
      payload: body.subarray(payloadAt, end),
    })
    at = end
  }
  return messages
}

/** When the first message of a record arrived. */
export function firstArrival(body: Buffer): number {
  return body.readDoubleLE(0)
}
