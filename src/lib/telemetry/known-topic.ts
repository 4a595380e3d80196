import { parseTelemetryTopic } from '../mqtt/topics.ts'
import { Layouts } from './layouts.ts'
import { channelName } from './metric-name.ts'
import { type DeviceSeries, deviceSeries } from './series-name.ts'

/** A device sends on the same topic all its life, and splitting it costs as much as parsing its payload. */
const MOST = 100_000
const known = new Map<string, KnownTopic | undefined>()

/** What a topic says about everything that comes on it. */
class KnownTopic {
  readonly fleet: string
  readonly device: string
  /** Channel levels as the beginning of a metric's name. */
  readonly channel: string
  #series: DeviceSeries
  #layouts = new Layouts()

  constructor(fleet: string, device: string, channel: string) {
    this.fleet = fleet
    this.device = device
    this.channel = channel
    this.#series = deviceSeries(device)
  }

  get series(): DeviceSeries {
    this.#renew()
    return this.#series
  }

  /** How the payloads on it look. */
  get layouts(): Layouts {
    this.#renew()
    return this.#layouts
  }

  #renew(): void {
    if (!this.#series.isForgotten) return
    this.#series = deviceSeries(this.device)
    this.#layouts = new Layouts()
  }
}

/** The topic, parsed; undefined when it is not one of telemetry. */
export function knownTopic(topic: string): KnownTopic | undefined {
  const before = known.get(topic)
  if (before !== undefined || known.has(topic)) return before
  const parsed = parseTelemetryTopic(topic)
  const fresh = parsed && new KnownTopic(parsed.fleet, parsed.device, channelName(parsed.channel))
  if (known.size >= MOST) known.clear()
  known.set(topic, fresh)
  return fresh
}
