import { remember, remembered } from './memory.ts'

/**
 * Names of metrics are paths, and a fleet has few of them: each is built once and found again by prefix and key. The
 * hot path would otherwise join the same strings a million times.
 */
const roots = remembered<MetricName>()
const NAME_BYTES = 150

/** A metric's name, or the beginning of one: channel levels and JSON path joined by `.` (design §5). */
export class MetricName {
  readonly text: string
  readonly #key: string
  #longer: Map<string, MetricName> | undefined
  /** Members come in the same order every time: the one that came behind this one, the last time. */
  #next: MetricName | undefined

  constructor(text: string, key = '') {
    this.text = internalized(text)
    this.#key = key
  }

  /**
   * This name and one more key.
   * @param before the child that was asked for before this one, if there was one
   */
  child(key: string, before?: MetricName): MetricName {
    const likely = before === undefined ? undefined : before.#next
    if (likely !== undefined && likely.#key === key) return likely
    const child = this.#child(key)
    if (before !== undefined) before.#next = child
    return child
  }

  #child(key: string): MetricName {
    const known = this.#longer?.get(key)
    if (known !== undefined) return known
    const level = metricLevel(key)
    const fresh = new MetricName(this.text === '' ? level : `${this.text}.${level}`, key)
    remember(NAME_BYTES + fresh.text.length)
    this.#longer ??= new Map()
    this.#longer.set(key, fresh)
    return fresh
  }
}

/**
 * The engine's one copy of a text, as keys of objects are: two of them are told apart by their addresses, and names are
 * compared millions of times.
 */
function internalized(text: string): string {
  return Object.keys({ [text]: undefined })[0]!
}

/** The name that all metrics of a channel begin with; the empty one for a topic without channel. */
export function metricRoot(channel: string): MetricName {
  const known = roots.get(channel)
  if (known !== undefined) return known
  remember(NAME_BYTES + channel.length)
  const fresh = new MetricName(channel)
  roots.set(channel, fresh)
  return fresh
}

/** The beginning of every metric's name on a topic with these levels behind the device. */
export function channelName(levels: readonly string[]): string {
  return levels.map(metricLevel).join('.')
}

/**
 * One level of a name. A `.` inside would make `{"a.b": 1}` and `{"a": {"b": 1}}` one metric; an empty level would
 * make names that begin or end with a dot; a lone surrogate would come back from a store as another character.
 */
function metricLevel(key: string): string {
  return key === '' ? '_' : key.replaceAll('.', '_').toWellFormed()
}
