import type { Kysely } from 'kysely'
import type { Death, ServiceNote, SpoolNote } from '../state.ts'
import type { StateTables } from './tables.ts'

/** One row a role: what it said last. */
export async function noteServices(db: Kysely<StateTables>, notes: readonly ServiceNote[]): Promise<void> {
  for (const {
    startedAt,
    stopped,
    failing,
    lost,
    spool,
    absence,
    deafSince = null,
    deaths = [],
    collapsed = 0,
    ...note
  } of notes) {
    const losses = { lost: lost?.count ?? 0, lost_at: lost?.at ?? null }
    const row = {
      ...{ ...note, ...losses, started_at: startedAt },
      ...{ away_since: absence?.from ?? null, away_until: absence?.to ?? null, deaf_since: deafSince },
      ...{ stopped: stopped ? 1 : 0, failing: failing ?? null },
      spool: spool === undefined ? null : JSON.stringify(spool),
      deaths: deaths.length === 0 ? null : JSON.stringify(deaths),
      collapsed,
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
  return rows.map(({ started_at, stopped, failing, lost, lost_at, spool, deaths, collapsed, ...row }) => {
    const { away_since: from, away_until: to, deaf_since: deafSince, ...note } = row
    return {
      ...note,
      startedAt: started_at,
      stopped: stopped === 1,
      failing: failing ?? undefined,
      ...(lost_at === null ? {} : { lost: { count: lost, at: lost_at } }),
      spool: spool === null ? undefined : (JSON.parse(spool) as SpoolNote),
      ...(from === null ? {} : { absence: { from, to: to ?? started_at } }),
      ...(deafSince === null ? {} : { deafSince }),
      ...(deaths === null ? {} : { deaths: JSON.parse(deaths) as readonly Death[] }),
      ...(collapsed === 0 ? {} : { collapsed }),
    }
  })
}
