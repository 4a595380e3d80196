import type { Absence } from '../registry/rhythm.ts'
import type { ServiceNote } from '../registry/state.ts'

/** When nobody could be heard, because ingest did not run or had no broker. */
export function absenceIn(notes: readonly ServiceNote[]): Absence | undefined {
  return notes.find(({ role }) => role === 'ingest')?.absence
}
