import type { Absence } from './rhythm.ts'

/**
 * The state: what services write. A second database beside the registry, so that a service never waits for a command
 * and a command never for a service.
 */
export interface State extends AsyncDisposable {
  /**
   * Notes when devices were heard. Notes may come late, twice and from several services: the last time stands, and
   * messages count once, when they are newer than the last that counted.
   */
  noteSeen(seen: readonly Seen[]): Promise<void>
  /** Notes refused connections, counted per (identity, reason, address); bounded, the longest ago go first. */
  noteRefused(refused: readonly Refused[]): Promise<void>
  /**
   * Keeps messages that could not be stored; the table is bounded in number and bytes, the oldest go first.
   * @param again they may have been added before: those that are kept already are not kept twice
   */
  addDeadLetters(letters: readonly DeadLetter[], options?: { readonly again: boolean }): Promise<void>
  /** The latest first. */
  deadLetters(
    query?: DeadLetterFilter & { readonly limit?: number | undefined },
  ): Promise<readonly DeadLetter[]>
  /** The oldest first, at most `limit`, behind the id `after`: pages by key. */
  deadLetterPage(
    query: DeadLetterFilter & { readonly after: number; readonly limit: number },
  ): Promise<readonly KeptDeadLetter[]>
  /** Takes out what is stored by now; an id that is not there is none the less out. */
  removeDeadLetters(ids: readonly number[]): Promise<void>
  countDeadLetters(filter?: DeadLetterFilter): Promise<number>
  /** Who was turned away, the latest first. */
  refused(query?: { readonly limit?: number; readonly identity?: string }): Promise<readonly RefusedSummary[]>
  /** What devices have done for the first time and nobody has taken out yet, in its order, at most `limit`. */
  firsts(query: { readonly limit: number }): Promise<readonly First[]>
  /** Takes out what is kept elsewhere by now: all up to this sequence number. */
  removeFirsts(upTo: number): Promise<void>
  /** What each role says of itself; the last note of a role stands. */
  noteServices(notes: readonly ServiceNote[]): Promise<void>
  /** By role. */
  services(): Promise<readonly ServiceNote[]>
}

export interface Seen {
  readonly device: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Messages heard since the last note; 0 for a connection without any: the device is delivered, not yet reporting. */
  readonly messages: number
}

/** A device was heard of for the first time, or its first message came. */
export interface First {
  /** Grows with each; none is given twice. */
  readonly sequence: number
  readonly device: string
  readonly kind: 'delivered' | 'reported'
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Refused {
  /** CN as far as it is known, else the address. Device-supplied: never print it raw. */
  readonly identity: string
  /** A stable word: `expired`, `not-yet-valid`, `unknown-ca`, `wrong-port`, `wrong-purpose`, `revoked`, `no-certificate`, `client-id`, `blocked`, … */
  readonly reason: string
  readonly address: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface RefusedSummary {
  readonly identity: string
  readonly reason: string
  readonly address: string
  readonly first: number
  readonly last: number
  readonly count: number
}

export interface DeadLetterFilter {
  readonly device?: string | undefined
  readonly reason?: string | undefined
}

export interface KeptDeadLetter extends DeadLetter {
  /** Grows with each letter; none is given twice. */
  readonly id: number
}

/** A message that could not be stored, as it came. */
export interface DeadLetter {
  readonly topic: string
  readonly payload: Uint8Array
  /** A stable word: `clock`, `json`, `topic`, `size`, … */
  readonly reason: string
  readonly detail: string
  readonly device: string | undefined
  /** Arrival, milliseconds since 1970. */
  readonly at: number
}

/** What a service says of itself, every few seconds and at its end. */
export interface ServiceNote {
  readonly role: string
  /** The machine it runs on, and its process there. */
  readonly host: string
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly at: number
  /** It has ended in good order. */
  readonly stopped: boolean
  /** Age of the oldest message that is not yet acknowledged, in milliseconds. */
  readonly lag: number
  /** What keeps it from its work; undefined: nothing does. */
  readonly failing: string | undefined
  /** What it could not keep since it started, and when the last of it was lost (milliseconds since 1970). */
  readonly lost?: { readonly count: number; readonly at: number } | undefined
  /** What waits on its disk for the telemetry store; undefined: nothing does. */
  readonly spool?: SpoolNote | undefined
  /** How a process of its own died within the last day and was started again, the latest last. */
  readonly deaths?: readonly Death[] | undefined
  /** Values that another of the same device, metric and time took the place of since it started. */
  readonly collapsed?: number | undefined
  /** The last time that is over in which it could hear nobody: it did not run, or had no broker. */
  readonly absence?: Absence | undefined
  /** Since when it can hear nobody now; undefined: it can. */
  readonly deafSince?: number | undefined
}

/** The end of a process that nobody had asked for. */
export interface Death {
  /** Milliseconds since 1970. */
  readonly at: number
  /** `signal SIGKILL`, `exit code 1`, … */
  readonly how: string
}

export interface SpoolNote {
  readonly messages: number
  readonly bytes: number
  /** Bytes that it may have. */
  readonly bound: number
  /** When the oldest of the messages arrived, in milliseconds since 1970. */
  readonly since?: number | undefined
  /** Since when nothing is acknowledged, and why; undefined: what arrives is. */
  readonly holding?: { readonly since: number; readonly message: string } | undefined
}
