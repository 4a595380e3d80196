import { type Kysely, sql } from 'kysely'
import { foldId } from '../device.ts'
import type { Refused, RefusedSummary } from '../state.ts'
import { chunks } from './chunks.ts'
import type { StateTables } from './tables.ts'

/** Counts each (identity, reason, address); beyond `bound` of them, those that were refused longest ago go. */
export async function noteRefused(
  db: Kysely<StateTables>,
  refused: readonly Refused[],
  bound: number,
): Promise<void> {
  for (const chunk of chunks(rowsOf(refused))) {
    await db
      .insertInto('refused')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['identity', 'reason', 'address']).doUpdateSet({
          first: sql`case when excluded.first < refused.first then excluded.first else refused.first end`,
          last: sql`case when excluded.last > refused.last then excluded.last else refused.last end`,
          count: sql`refused.count + excluded.count`,
        }),
      )
      .execute()
  }
  await keepNewest(db, bound)
}

export async function readRefused(
  db: Kysely<StateTables>,
  { limit, identity }: { readonly limit?: number; readonly identity?: string },
): Promise<readonly RefusedSummary[]> {
  let rows = db
    .selectFrom('refused')
    .select(['identity', 'reason', 'address', 'first', 'last', 'count'])
    .orderBy('last', 'desc')
    .orderBy('identity')
    .orderBy('reason')
    .orderBy('address')
  if (identity !== undefined) rows = rows.where('identity', '=', identity)
  if (limit !== undefined) rows = rows.limit(limit)
  return rows.execute()
}

/** One row for each of what one INSERT may hold once only. */
function rowsOf(refused: readonly Refused[]): readonly RefusedSummary[] {
  const rows = new Map<string, RefusedSummary>()
  for (const { identity, reason, address, at } of refused) {
    const key = JSON.stringify([foldId(identity), reason, address])
    const before = rows.get(key) ?? { identity, reason, address, first: at, last: at, count: 0 }
    rows.set(key, {
      ...before,
      first: Math.min(before.first, at),
      last: Math.max(before.last, at),
      count: before.count + 1,
    })
  }
  return [...rows.values()]
}

async function keepNewest(db: Kysely<StateTables>, bound: number): Promise<void> {
  const { count } = await db
    .selectFrom('refused')
    .select((expressions) => expressions.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  if (count <= bound) return
  const oldest = db
    .selectFrom('refused')
    .select('id')
    .orderBy('last')
    .orderBy('id')
    .limit(count - bound)
  await db.deleteFrom('refused').where('id', 'in', oldest).execute()
}
