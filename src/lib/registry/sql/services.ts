import type { Kysely } from 'kysely'
import type { ServiceNote, SpoolNote } from '../state.ts'
import type { StateTables } from './tables.ts'

/** One row a role: what it said last. */
export async function noteServices(db: Kysely<StateTables>, notes: readonly ServiceNote[]): Promise<void> {
  for (const { startedAt, stopped, failing, spool, ...note } of notes) {
    const row = {
      ...note,
      started_at: startedAt,
      stopped: stopped ? 1 : 0,
      failing: failing ?? null,
      spool: spool === undefined ? null : JSON.stringify(spool),
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
  return rows.map(({ started_at, stopped, failing, spool, ...row }) => ({
    ...row,
    startedAt: started_at,
    stopped: stopped === 1,
    failing: failing ?? undefined,
    spool: spool === null ? undefined : (JSON.parse(spool) as SpoolNote),
  }))
}
