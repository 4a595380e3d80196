/** What a broker sees of a device's connections. */
export type ConnectionKind = 'connected' | 'disconnected' | 'refused'
/** What an operator does to a device: each such event is a row of the audit log, too. */
export const CHANGE_KINDS = ['issued', 'blocked', 'unblocked', 'revoked', 'retired'] as const
/** What a device does for the first time. */
export type FirstKind = 'delivered' | 'reported'

export type EventKind =
  | ConnectionKind
  | (typeof CHANGE_KINDS)[number]
  | FirstKind
  /** Here events are missing: too many waited for the store. */
  | 'gap'

/** Something that happened to a device: seldom, and worth knowing months later. */
export interface DeviceEvent {
  /** Integer microseconds since 1970. */
  readonly at: number
  /** undefined: it is about many at once. */
  readonly device: string | undefined
  readonly kind: EventKind
  /** Tells events of one kind, device and moment apart; an event that is written again has the same. */
  readonly seq: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Where events are kept. Unlike measurements nothing waits for them: who writes has to be able to write again. */
export interface EventStore extends AsyncDisposable {
  /**
   * Whether the store takes data, of measurements too, and shows it.
   * @throws UnreachableError, RefusedError, UsageError `STORE_…`
   */
  check(): Promise<void>
  /** Writes them, all or none; written again they are the same rows. @throws as `check` */
  write(events: readonly DeviceEvent[]): Promise<void>
  /** The largest `seq` of these kinds; undefined: there is no such event. */
  newest(kinds: readonly EventKind[]): Promise<number | undefined>
}
