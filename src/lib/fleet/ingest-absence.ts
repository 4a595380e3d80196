import type { Absence } from '../registry/rhythm.ts'
import type { ServiceNote } from '../registry/state.ts'

/** When nobody could be heard, because ingest did not run before it was started last. */
export function absenceIn(notes: readonly ServiceNote[]): Absence | undefined {
  const ingest = notes.find(({ role }) => role === 'ingest')
  if (ingest?.awaySince === undefined) return undefined
  return { from: ingest.awaySince, to: ingest.startedAt }
}
