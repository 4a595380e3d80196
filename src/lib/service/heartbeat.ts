import { hostname } from 'node:os'
import { clearInterval, setInterval } from 'node:timers'
import { systemClock } from '../base/clock.ts'
import type { ServiceNote, State } from '../registry/state.ts'
import { awaySince } from './away.ts'

/** How a role is at this moment. */
export type RoleState = Pick<
  ServiceNote,
  'role' | 'lag' | 'failing' | 'lost' | 'spool' | 'deaths' | 'collapsed'
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
  const before = new Map((await state.services()).map((note) => [note.role, awaySince(note)]))
  const note = async (stopped: boolean): Promise<void> => {
    const here = { host: hostname(), pid: process.pid, startedAt, at: systemClock.now(), stopped }
    // A state that cannot be written is told by what else fails to be: the next beat tries again.
    await state
      .noteServices(roles().map((role) => ({ ...role, ...here, awaySince: before.get(role.role) })))
      .catch(() => {})
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
