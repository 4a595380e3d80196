import type { Absence } from '../registry/rhythm.ts'
import type { ServiceNote } from '../registry/state.ts'

/** A while at work that is shorter does not end an absence, in milliseconds: who restarts every minute has heard hardly anybody. */
const SETTLED = 10 * 60_000
/** An absence that is shorter makes nobody silent, in milliseconds: it must not take the place of one that does. */
const SHORT = 60_000

/** When a role could hear nobody. */
export type Deafness = Pick<ServiceNote, 'absence' | 'deafSince'>

/**
 * How a role begins: it has been away since its last sign of life, or since it could hear nobody then.
 * @param before what it said last
 */
export function deafnessAtStart(before: ServiceNote | undefined, startedAt: number): Deafness {
  if (before === undefined) return {}
  return { absence: joined(before.absence, { from: before.deafSince ?? before.at, to: startedAt }) }
}

/** @param deafSince since when it can hear nobody at this moment; undefined: it can hear them */
export function nextDeafness(last: Deafness, deafSince: number | undefined, now: number): Deafness {
  if (deafSince !== undefined) return { ...last, deafSince: last.deafSince ?? deafSince }
  if (last.deafSince === undefined) return last
  return { absence: joined(last.absence, { from: last.deafSince, to: now }) }
}

/**
 * The one absence that is remembered. Of a short while between two only the length counts: together they are one that
 * is as long as both.
 */
function joined(last: Absence | undefined, next: Absence): Absence {
  if (last === undefined) return next
  const heard = next.from - last.to
  if (heard < SETTLED) return { from: last.from + heard, to: next.to }
  return next.to - next.from < SHORT ? last : next
}
