import type { ArrivalClock } from './arrival-clock.ts'
import { timeWindow } from './event-time.ts'
import { knownTopic } from './known-topic.ts'
import { parsePayload } from './parse-payload.ts'
import { isRejection, quote, type Rejection, reject } from './rejection.ts'
import type { Samples } from './sample-collector.ts'
import { readSamples } from './samples.ts'

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

export interface DecodedMessage extends Samples {
  readonly device: string
}

export interface RejectedMessage extends Rejection {
  /** undefined: the topic names none of this fleet. */
  readonly device: string | undefined
}

/**
 * A message as measurements (design §5), or why it is none. Never throws, whatever a device sends; a message is taken
 * whole or not at all, so what is rejected can be kept as it came and tried again.
 */
export function decode(message: TelemetryMessage, context: DecodeContext): Decoded {
  const { topic, payload, arrivedAt } = message
  const known = knownTopic(topic)
  if (known?.fleet !== context.fleet) return { ...foreignTopic(topic, context.fleet), device: undefined }
  const { device, channel } = known
  const parsed = parsePayload(payload)
  if (isRejection(parsed)) return { ...parsed, device }
  const window = timeWindow(arrivedAt, context.retention)
  const { arrivalTime } = context
  const samples = readSamples(parsed.document, { device, channel, arrivedAt, window, arrivalTime })
  if (isRejection(samples)) return { ...samples, device }
  const { measurements, ignored, rounded } = samples
  return { device, measurements, ignored, rounded }
}

function foreignTopic(topic: string, fleet: string): Rejection {
  return reject('topic', `${quote(topic)} is no telemetry topic of fleet ${fleet}.`)
}
