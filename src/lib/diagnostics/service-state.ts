import type { ServiceNote } from '../registry/state.ts'

/** How a role is, judged by what it left in the state. */
export type ServiceState =
  /** It says that it is at work. */
  | 'ok'
  /** It is at work, and something keeps it from it: the store is away. */
  | 'failing'
  /** It has what arrived more than {@link LAGGING} ago still to store. */
  | 'lagging'
  /** It runs and has said nothing for a while. */
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

/** What is known of a role besides its own word. */
export interface Traces {
  /** Whether the process that noted last exists; undefined when it runs on another machine. */
  readonly isAlive: boolean | undefined
  /** Whether a process of this machine holds the role's lock: then it runs, whatever was noted long ago. */
  readonly isHeld: () => boolean
}

/** @param note what the role said last */
export function serviceState(
  note: ServiceNote | undefined,
  { isAlive, isHeld }: Traces,
  now: number,
): ServiceState {
  const isStale = note === undefined || now - note.at > STALE
  if (isStale && isHeld()) return 'stuck'
  if (note === undefined) return 'missing'
  if (note.stopped) return 'stopped'
  if (isAlive === false || (isAlive === undefined && isStale)) return 'dead'
  if (isStale) return 'stuck'
  if (note.failing !== undefined) return 'failing'
  return note.lag > LAGGING ? 'lagging' : 'ok'
}

/** Whether what devices send is being taken. */
export function isAtWork(state: ServiceState): boolean {
  return state === 'ok' || state === 'failing' || state === 'lagging'
}
