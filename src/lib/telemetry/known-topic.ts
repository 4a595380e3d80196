import { parseTelemetryTopic } from '../mqtt/topics.ts'
import { channelName } from './metric-name.ts'

/** What a topic says about everything that comes on it. */
export interface KnownTopic {
  readonly fleet: string
  readonly device: string
  /** Channel levels as the beginning of a metric's name. */
  readonly channel: string
}

/** A device sends on the same topic all its life, and splitting it costs as much as parsing its payload. */
const MOST = 100_000
const known = new Map<string, KnownTopic | undefined>()

/** The topic, parsed; undefined when it is not one of telemetry. */
export function knownTopic(topic: string): KnownTopic | undefined {
  const before = known.get(topic)
  if (before !== undefined || known.has(topic)) return before
  const parsed = parseTelemetryTopic(topic)
  const fresh = parsed && {
    fleet: parsed.fleet,
    device: parsed.device,
    channel: channelName(parsed.channel),
  }
  if (known.size >= MOST) known.clear()
  known.set(topic, fresh)
  return fresh
}
