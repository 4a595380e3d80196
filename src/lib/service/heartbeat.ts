import { hostname } from 'node:os'
import { clearInterval, setInterval } from 'node:timers'
import { systemClock } from '../base/clock.ts'
import type { ServiceNote, State } from '../registry/state.ts'
import { type Deafness, deafnessAtStart, nextDeafness } from './absence.ts'

/** How a role is at this moment. */
export type RoleState = Pick<
  ServiceNote,
  'role' | 'lag' | 'failing' | 'lost' | 'spool' | 'deaths' | 'collapsed' | 'deafSince'
>

/** Often enough that `status` sees a dead service within seconds, in milliseconds. */
const EVERY = 3000

/**
 * Leaves in the state, every few seconds and at the end, how the roles of this process are: `status` reads it without
 * a network, and from another machine where the state is shared.
 */
export async function startHeartbeat(
  state: State,
  roles: () => readonly RoleState[],
): Promise<AsyncDisposable> {
  const startedAt = systemClock.now()
  const deafness = new Map<string, Deafness>()
  for (const note of await state.services()) deafness.set(note.role, deafnessAtStart(note, startedAt))
  const note = async (stopped: boolean): Promise<void> => {
    const at = systemClock.now()
    const here = { host: hostname(), pid: process.pid, startedAt, at, stopped }
    const notes = roles().map((role) => {
      const next = nextDeafness(deafness.get(role.role) ?? {}, role.deafSince, at)
      deafness.set(role.role, next)
      return { ...role, ...here, ...next, deafSince: next.deafSince }
    })
    // A state that cannot be written is told by what else fails to be: the next beat tries again.
    await state.noteServices(notes).catch(() => {})
  }
  await note(false)
  const timer = setInterval(() => void note(false), EVERY)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await note(true)
    },
  }
}
