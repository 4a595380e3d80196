import type { Admission } from '../broker.ts'

/** Who is out, as far as sessions are to be ended for it: devices by id, certificates by serial. */
export interface Out {
  readonly barred: readonly string[]
  readonly revoked: readonly string[]
}

export const NOBODY: Out = { barred: [], revoked: [] }

export function outOf({ barred, revoked = [] }: Admission): Out {
  return { barred, revoked: revoked.map(({ serial }) => serial) }
}

/** The names whose sessions must end now: out by this admission, and not by the one before. */
export function newlyOut(before: Out, { barred, revoked = [] }: Admission): readonly string[] {
  const known = { barred: new Set(before.barred), revoked: new Set(before.revoked) }
  const holders = revoked.filter(({ serial }) => !known.revoked.has(serial)).map(({ subject }) => subject)
  return [...new Set([...barred.filter((id) => !known.barred.has(id)), ...holders])]
}
