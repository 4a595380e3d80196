import { recentDeaths } from '../diagnostics/broker-deaths.ts'
import type { ServiceFact } from '../diagnostics/fleet-status.ts'
import type { ServiceState } from '../diagnostics/service-state.ts'
import type { Death, SpoolNote } from '../registry/state.ts'
import { isoTime, isoTimeOrNull } from './device-view.ts'

/** How a service is, in `status --json`. */
export interface ServiceView {
  readonly role: string
  readonly state: ServiceState
  /** Milliseconds. */
  readonly lag: number
  readonly at: string | null
  readonly startedAt: string | null
  readonly failing: string | null
  /** Of the role `store`: events that found no room since it started; null: none. */
  readonly lost: { readonly count: number; readonly at: string } | null
  /** Messages that are acknowledged and wait on its disk for the telemetry store. */
  readonly spool: SpoolView | null
  /** Of the role `broker`: deaths of mosquitto within 24 hours that `up` answered by starting it again; null: none. */
  readonly deaths: {
    readonly count: number
    readonly last: { readonly at: string; readonly how: string }
  } | null
  /** Of the role `ingest`: values that another of the same device, metric and time replaced, since it started. */
  readonly collapsed: number
  /** Of the role `ingest`: since when it can hear no device, because it has no broker or acknowledges nothing. */
  readonly deafSince: string | null
}

interface SpoolView {
  readonly messages: number
  readonly bytes: number
  /** Bytes that it may have. */
  readonly bound: number
  /** When the oldest arrived. */
  readonly since: string | null
  /** Since when nothing is acknowledged any more, and why. */
  readonly holding: { readonly since: string; readonly message: string } | null
}

export function serviceView(
  { at, startedAt, failing, lost, spool, deaths = [], collapsed = 0, deafSince, ...service }: ServiceFact,
  now: number,
): ServiceView {
  return {
    ...service,
    at: isoTimeOrNull(at),
    startedAt: isoTimeOrNull(startedAt),
    failing: failing ?? null,
    lost: lost === undefined ? null : { count: lost.count, at: isoTime(lost.at) },
    spool: spool === undefined ? null : spoolView(spool),
    deaths: deathsView(recentDeaths(deaths, now)),
    collapsed,
    deafSince: isoTimeOrNull(deafSince),
  }
}

function deathsView(deaths: readonly Death[]): ServiceView['deaths'] {
  const last = deaths.at(-1)
  return last === undefined ? null : { count: deaths.length, last: { at: isoTime(last.at), how: last.how } }
}

function spoolView({ messages, bytes, bound, since, holding }: SpoolNote): SpoolView {
  return {
    messages,
    bytes,
    bound,
    since: isoTimeOrNull(since),
    holding: holding === undefined ? null : { ...holding, since: isoTime(holding.since) },
  }
}
