import type { Kysely } from 'kysely'
import type { ServiceNote } from '../state.ts'
import type { StateTables } from './tables.ts'

/** One row a role: what it said last. */
export async function noteServices(db: Kysely<StateTables>, notes: readonly ServiceNote[]): Promise<void> {
  for (const { startedAt, stopped, failing, awaySince, ...note } of notes) {
    const row = {
      ...note,
      started_at: startedAt,
      stopped: stopped ? 1 : 0,
      failing: failing ?? null,
      away_since: awaySince ?? null,
    }
    await db
      .insertInto('services')
      .values(row)
      .onConflict((conflict) => conflict.column('role').doUpdateSet(row))
      .execute()
  }
}

export async function readServices(db: Kysely<StateTables>): Promise<readonly ServiceNote[]> {
  const rows = await db.selectFrom('services').selectAll().orderBy('role').execute()
  return rows.map(({ started_at, stopped, failing, away_since, ...row }) => ({
    ...row,
    startedAt: started_at,
    stopped: stopped === 1,
    failing: failing ?? undefined,
    awaySince: away_since ?? undefined,
  }))
}
