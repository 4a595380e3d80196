import type { ServiceNote } from '../registry/state.ts'

/** A run that is shorter does not end an absence, in milliseconds: who restarts every minute has heard hardly anybody. */
const SETTLED = 10 * 60_000

/**
 * Since when a role has been away that starts now: its last sign of life. Of a short run before, which came after an
 * absence of its own, only the length counts: together they are one absence that is as long as both.
 * @param before what the role said last
 */
export function awaySince(before: ServiceNote | undefined): number | undefined {
  if (before === undefined) return undefined
  const { at, startedAt } = before
  const ran = at - startedAt
  return before.awaySince === undefined || ran >= SETTLED ? at : before.awaySince + ran
}
