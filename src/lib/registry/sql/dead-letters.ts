import type { Kysely } from 'kysely'
import type { DeadLetter } from '../state.ts'
import { chunks } from './chunks.ts'
import type { StateTables } from './tables.ts'

/**
 * Ids grow by one with each letter, and letters go from the front, so the bound is an id: nothing has to be counted,
 * however many come.
 */
export async function addDeadLetters(
  db: Kysely<StateTables>,
  letters: readonly DeadLetter[],
  bound: number,
): Promise<void> {
  for (const chunk of chunks(letters.slice(-bound))) {
    const rows = chunk.map(({ device, ...letter }) => ({ ...letter, device: device ?? null }))
    await db.insertInto('dead_letters').values(rows).execute()
  }
  const newest = db.selectFrom('dead_letters').select((query) => query.fn.max('id').as('id'))
  await db
    .deleteFrom('dead_letters')
    .where('id', '<=', (query) => query(newest, '-', bound))
    .execute()
}

/** The latest first. */
export async function readDeadLetters(
  db: Kysely<StateTables>,
  { limit, device }: { readonly limit?: number; readonly device?: string },
): Promise<readonly DeadLetter[]> {
  let rows = db
    .selectFrom('dead_letters')
    .select(['topic', 'payload', 'reason', 'detail', 'device', 'at'])
    .orderBy('id', 'desc')
  if (device !== undefined) rows = rows.where('device', '=', device)
  if (limit !== undefined) rows = rows.limit(limit)
  return (await rows.execute()).map(({ device, ...letter }) => ({ ...letter, device: device ?? undefined }))
}

export async function countDeadLetters(db: Kysely<StateTables>): Promise<number> {
  const { count } = await db
    .selectFrom('dead_letters')
    .select((expressions) => expressions.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}
