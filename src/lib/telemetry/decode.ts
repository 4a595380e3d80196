import type { ArrivalClock } from './arrival-clock.ts'
import { timeWindow } from './event-time.ts'
import { knownTopic, LONGEST_TOPIC } from './known-topic.ts'
import type { Measurement } from './measurement.ts'
import { Measurements } from './measurements.ts'
import { parsePayload } from './parse-payload.ts'
import { isRejection, quote, type Rejection, reject } from './rejection.ts'
import { readSamples, type Samples } from './samples.ts'

export { ArrivalClock } from './arrival-clock.ts'

export interface TelemetryMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
}

export interface DecodeContext {
  readonly fleet: string
  /** How far back an event time may lie, in milliseconds. */
  readonly retention: number
  /** The clock of samples without event time; the same one for all messages of a process. */
  readonly arrivalTime: ArrivalClock
}

export type Decoded = DecodedMessage | RejectedMessage

export interface DecodedMessage extends TakenMessage {
  readonly measurements: readonly Measurement[]
}

/** What a message was besides its measurements. */
export interface TakenMessage extends Samples {
  readonly device: string
}

export interface RejectedMessage extends Rejection {
  /** undefined: the topic names none of this fleet. */
  readonly device: string | undefined
}

/** {@link decodeInto} for who looks at one message. */
export function decode(message: TelemetryMessage, context: DecodeContext): Decoded {
  const rows = new Measurements()
  const decoded = decodeInto(rows, message, context)
  return 'rejected' in decoded ? decoded : { ...decoded, measurements: [...rows] }
}

/**
 * Brings the measurements of a message (design §5) behind those that are there, or says why it has none. Never throws,
 * whatever a device sends; a message is taken whole or not at all, so what is rejected can be kept as it came and tried
 * again.
 */
export function decodeInto(
  rows: Measurements,
  message: TelemetryMessage,
  context: DecodeContext,
): TakenMessage | RejectedMessage {
  const { topic, payload, arrivedAt } = message
  const known = knownTopic(topic)
  if (known?.fleet !== context.fleet) return { ...foreignTopic(topic, context.fleet), device: undefined }
  const { device, channel, series, layouts } = known
  const window = timeWindow(arrivedAt, context.retention)
  const whose = { series, channel, arrivedAt, window, arrivalTime: context.arrivalTime }
  const ignored = layouts.read(rows, payload, whose)
  if (ignored !== undefined) return { device, ignored, rounded: 0 }
  const parsed = parsePayload(payload)
  if (isRejection(parsed)) return { ...parsed, device }
  const before = rows.length
  const samples = readSamples(rows, parsed.document, whose)
  if (isRejection(samples)) {
    rows.cut(before)
    return { ...samples, device }
  }
  layouts.learn(payload, whose)
  return { device, ignored: samples.ignored, rounded: samples.rounded }
}

function foreignTopic(topic: string, fleet: string): Rejection {
  if (topic.length > LONGEST_TOPIC)
    return reject('topic', `${quote(topic)} is longer than ${LONGEST_TOPIC} characters.`)
  return reject('topic', `${quote(topic)} is no telemetry topic of fleet ${fleet}.`)
}
