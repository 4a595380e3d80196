import type { Kysely } from 'kysely'
import type { First } from '../state.ts'
import type { StateTables } from './tables.ts'

export function readFirsts(db: Kysely<StateTables>, limit: number): Promise<readonly First[]> {
  return db.selectFrom('firsts').selectAll().orderBy('sequence').limit(limit).execute()
}

export async function removeFirsts(db: Kysely<StateTables>, upTo: number): Promise<void> {
  await db.deleteFrom('firsts').where('sequence', '<=', upTo).execute()
}
