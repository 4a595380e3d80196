import type { ServiceNote } from '../registry/state.ts'

/** How a role is, judged by what it left in the state. */
export type ServiceState =
  /** It says that it is at work. */
  | 'ok'
  /** It is at work, and something keeps it from it: the store is away. */
  | 'failing'
  /** It has what arrived more than {@link LAGGING} ago still to store. */
  | 'lagging'
  /** Its process is there and has said nothing for a while. */
  | 'stuck'
  /** It ended in good order. */
  | 'stopped'
  /** It ended otherwise: killed, or the machine did. */
  | 'dead'
  /** It never ran. */
  | 'missing'

/** Five beats of a service's heart, in milliseconds. */
const STALE = 15_000
/** Milliseconds; ingest flushes several times a second. */
const LAGGING = 10_000

/**
 * @param note what the role said last
 * @param isAlive whether its process exists; undefined when it runs on another machine
 */
export function serviceState(
  note: ServiceNote | undefined,
  isAlive: boolean | undefined,
  now: number,
): ServiceState {
  if (note === undefined) return 'missing'
  if (note.stopped) return 'stopped'
  const isStale = now - note.at > STALE
  if (isAlive === false || (isAlive === undefined && isStale)) return 'dead'
  if (isStale) return 'stuck'
  if (note.failing !== undefined) return 'failing'
  return note.lag > LAGGING ? 'lagging' : 'ok'
}

/** Whether what devices send is being taken. */
export function isAtWork(state: ServiceState): boolean {
  return state === 'ok' || state === 'failing' || state === 'lagging'
}
