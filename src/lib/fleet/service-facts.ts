import { hostname } from 'node:os'
import { isLockHeld } from '../base/process-lock.ts'
import type { ServiceFact } from '../diagnostics/fleet-status.ts'
import { isAtWork, serviceState } from '../diagnostics/service-state.ts'
import type { Absence } from '../registry/rhythm.ts'
import type { ServiceNote } from '../registry/state.ts'
import type { Fleet } from './fleet.ts'
import { absenceIn } from './ingest-absence.ts'
import { isAlive } from './running-broker.ts'

/** Whoever ingests watches the store, too. */
const LOCKED_BY: Readonly<Record<string, string>> = { store: 'ingest' }

/** How the services are that this fleet needs. */
export function serviceFacts(
  fleet: Fleet,
  notes: readonly ServiceNote[],
  now: number,
): readonly ServiceFact[] {
  const { broker, store } = fleet.config
  const roles = broker.kind === 'external' ? ['ingest'] : ['broker', 'ingest']
  const facts = [...roles, ...(store.kind === 'questdb' ? ['store'] : [])].map((role) => {
    const note = notes.find((one) => one.role === role)
    const traces = {
      isAlive: note?.host === hostname() ? isAlive(note.pid) : undefined,
      isHeld: () => isLockHeld(fleet.directory.lock(LOCKED_BY[role] ?? role)),
    }
    const state = serviceState(note, traces, now)
    const { lag = 0, at, startedAt, failing, lost, spool, deaths, collapsed, deafSince } = note ?? {}
    return { role, state, lag, at, startedAt, failing, lost, spool, deaths, collapsed, deafSince }
  })
  // Nobody watches the store while no service runs, and that is said already.
  return facts.filter(({ role, state }) => role !== 'store' || isAtWork(state))
}

/** Up to when devices could be heard, and when nobody could before. */
export interface Listening {
  readonly until: number
  readonly absence: Absence | undefined
}

/** What silence is measured against. */
export async function listening(fleet: Fleet, now: number): Promise<Listening> {
  const notes = await (await fleet.state()).services()
  return { until: heardUntil(serviceFacts(fleet, notes, now), now), absence: absenceIn(notes) }
}

/** While nothing is taken in, every device would fall silent: what was true when that began says more. */
export function heardUntil(services: readonly ServiceFact[], now: number): number {
  const ingest = services.find(({ role }) => role === 'ingest')
  if (ingest?.deafSince !== undefined) return ingest.deafSince
  return ingest?.at === undefined || isAtWork(ingest.state) ? now : ingest.at
}
