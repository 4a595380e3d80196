import { hostname } from 'node:os'
import type { ServiceFact } from '../diagnostics/fleet-status.ts'
import { isAtWork, serviceState } from '../diagnostics/service-state.ts'
import type { Fleet } from './fleet.ts'
import { isAlive } from './running-broker.ts'

/** How the services are that this fleet needs. */
export async function serviceFacts(fleet: Fleet, now: number): Promise<readonly ServiceFact[]> {
  const notes = await (await fleet.state()).services()
  const { broker, store } = fleet.config
  const roles = broker.kind === 'external' ? ['ingest'] : ['broker', 'ingest']
  const facts = [...roles, ...(store.kind === 'questdb' ? ['store'] : [])].map((role) => {
    const note = notes.find((one) => one.role === role)
    const alive = note?.host === hostname() ? isAlive(note.pid) : undefined
    const state = serviceState(note, alive, now)
    return { role, state, lag: note?.lag ?? 0, at: note?.at, failing: note?.failing, lost: note?.lost }
  })
  // Nobody watches the store while no service runs, and that is said already.
  return facts.filter(({ role, state }) => role !== 'store' || isAtWork(state))
}

/** While nothing is taken in, every device would fall silent: what was true when ingest stopped says more. */
export function heardUntil(services: readonly ServiceFact[], now: number): number {
  const ingest = services.find(({ role }) => role === 'ingest')
  return ingest?.at === undefined || isAtWork(ingest.state) ? now : ingest.at
}
