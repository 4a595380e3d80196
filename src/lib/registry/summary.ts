import type { Absence } from './rhythm.ts'

/** How the devices of a fleet are, counted at one moment. Retired ones are in no count but their own. */
export interface FleetSummary {
  readonly devices: number
  /** They are silent because they were told to be, so they are in none of the counts below. */
  readonly blocked: number
  /** All of their certificates are revoked or have ended: they cannot report, so they are in none of the counts below. */
  readonly shutOut: number
  readonly reporting: number
  readonly silent: number
  /** Heard, but too seldom to know when to miss them. */
  readonly rhythmUnknown: number
  /** No message ever. */
  readonly neverHeard: number
  /** Of those, how many have no certificate yet. */
  readonly registered: number
  readonly retired: number
  /** Seen with a certificate of the fleet's CA, and in no row of the registry. */
  readonly unknown: number
}

export interface SilentDevice {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly lastMessage: number
  /** Milliseconds; undefined: no interval was counted yet. */
  readonly rhythm: number | undefined
}

/** Devices whose last valid certificate ends. */
export interface EndingCertificates {
  readonly devices: number
  /** The soonest first; not all of them. */
  readonly first: readonly { readonly device: string; readonly notAfter: number }[]
}

export interface SilentQuery {
  /** Milliseconds since 1970. */
  readonly now: number
  /** When nobody could be heard; undefined: never, as far as it matters. */
  readonly absence?: Absence | undefined
  readonly limit: number
}
