import { type Kysely, type Selectable, sql } from 'kysely'
import { foldId } from '../device.ts'
import type { Seen } from '../state.ts'
import { chunks } from './chunks.ts'
import { rhythmUpdates } from './rhythm.ts'
import type { SeenRow, StateTables } from './tables.ts'

/**
 * Notes come late, twice and from several services at once, in any order. So times only grow, and messages count when
 * they are newer than the last that counted: the same note again adds nothing.
 */
export async function noteSeen(db: Kysely<StateTables>, seen: readonly Seen[]): Promise<void> {
  for (const chunk of chunks(rowsOf(seen))) {
    await db
      .insertInto('seen')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.column('device').doUpdateSet({
          first_seen: sql`case when excluded.first_seen < seen.first_seen then excluded.first_seen else seen.first_seen end`,
          last_seen: sql`case when excluded.last_seen > seen.last_seen then excluded.last_seen else seen.last_seen end`,
          messages: sql`seen.messages + case when ${newer} then excluded.messages else 0 end`,
          last_message: sql`case when ${newer} then excluded.last_message else seen.last_message end`,
          ...rhythmUpdates,
        }),
      )
      .execute()
  }
}

const newer = sql`excluded.last_message is not null and (seen.last_message is null or excluded.last_message > seen.last_message)`

type Note = Omit<Selectable<SeenRow>, 'rhythm' | 'beat'>

/** One row a device: two messages within a millisecond are two, not one that came twice. */
export function rowsOf(seen: readonly Seen[]): readonly Note[] {
  const rows = new Map<string, Note>()
  for (const note of seen) {
    const key = foldId(note.device)
    const before = rows.get(key)
    rows.set(key, before === undefined ? rowOf(note) : joined(before, rowOf(note)))
  }
  return [...rows.values()]
}

function rowOf({ device, at, messages }: Seen): Note {
  return { device, first_seen: at, last_seen: at, messages, last_message: messages > 0 ? at : null }
}

function joined(before: Note, after: Note): Note {
  const messages = [before.last_message, after.last_message].filter((at) => at !== null)
  return {
    device: before.device,
    first_seen: Math.min(before.first_seen, after.first_seen),
    last_seen: Math.max(before.last_seen, after.last_seen),
    messages: before.messages + after.messages,
    last_message: messages.length === 0 ? null : Math.max(...messages),
  }
}
