import { parseTelemetryTopic } from '../mqtt/topics.ts'
import { Layouts } from './layouts.ts'
import { remember, remembered } from './memory.ts'
import { channelName } from './metric-name.ts'
import { type DeviceSeries, deviceSeries } from './series-name.ts'

/** What a topic says about everything that comes on it. */
export interface KnownTopic {
  readonly fleet: string
  readonly device: string
  /** Channel levels as the beginning of a metric's name. */
  readonly channel: string
  readonly series: DeviceSeries
  /** How the payloads on it look. */
  readonly layouts: Layouts
}

/** No topic of telemetry is longer: its channel is the beginning of a name, and names have a bound. In characters. */
export const LONGEST_TOPIC = 1000

const TOPIC_BYTES = 300

/** A device sends on the same topic all its life, and splitting it costs as much as parsing its payload. */
const known = remembered<KnownTopic | 'none'>()

/** The topic, parsed; undefined when it is not one of telemetry. */
export function knownTopic(topic: string): KnownTopic | undefined {
  const before = known.get(topic)
  if (before !== undefined) return before === 'none' ? undefined : before
  if (topic.length > LONGEST_TOPIC) return undefined
  const parsed = parseTelemetryTopic(topic)
  remember(TOPIC_BYTES + topic.length * 2)
  const fresh = parsed === undefined ? 'none' : topicOf(parsed)
  known.set(topic, fresh)
  return fresh === 'none' ? undefined : fresh
}

function topicOf({
  fleet,
  device,
  channel,
}: NonNullable<ReturnType<typeof parseTelemetryTopic>>): KnownTopic {
  return {
    ...{ fleet, device, channel: channelName(channel) },
    ...{ series: deviceSeries(device), layouts: new Layouts() },
  }
}
