import type { Kysely } from 'kysely'
import type { DeadLetter, DeadLetterFilter, KeptDeadLetter } from '../state.ts'
import { chunks } from './chunks.ts'
import type { DeadLetterRow, StateTables } from './tables.ts'

export interface DeadLetterBounds {
  readonly count: number
  readonly bytes: number
}

/**
 * Letters go from the front, their ids grow by one with each, and each row knows how many bytes ever came up to it:
 * so both bounds are an id, and nothing has to be counted, however many come. The letter on the edge of the bytes
 * stays, and so does the newest. What was taken out of the middle still counts: after a replay fewer are kept than the
 * bounds allow.
 */
export async function addDeadLetters(
  db: Kysely<StateTables>,
  letters: readonly DeadLetter[],
  bounds: DeadLetterBounds,
): Promise<void> {
  let { upto } = await lastLetter(db)
  for (const chunk of chunks(letters.slice(-bounds.count))) {
    const rows = chunk.map(({ device, ...letter }) => {
      upto += bytesOf(letter)
      return { ...letter, device: device ?? null, upto }
    })
    await db.insertInto('dead_letters').values(rows).execute()
  }
  const last = await lastLetter(db)
  await db
    .deleteFrom('dead_letters')
    .where((query) =>
      query.or([query('id', '<=', last.id - bounds.count), query('upto', '<=', last.upto - bounds.bytes)]),
    )
    .where('id', '<', last.id)
    .execute()
}

async function lastLetter(db: Kysely<StateTables>): Promise<{ readonly id: number; readonly upto: number }> {
  const last = await db
    .selectFrom('dead_letters')
    .select(['id', 'upto'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ?? { id: 0, upto: 0 }
}

/** Those that are not there as they are: the same bytes of the same arrival, refused for the same reason. */
export async function lettersNotKept(
  db: Kysely<StateTables>,
  letters: readonly DeadLetter[],
): Promise<readonly DeadLetter[]> {
  const missing: DeadLetter[] = []
  for (const letter of letters) {
    const { device, topic, payload, reason, at } = letter
    const kept = await chosen(db, { device, reason })
      .where('at', '=', at)
      .where('topic', '=', topic)
      .where('payload', '=', payload)
      .limit(1)
      .executeTakeFirst()
    if (kept === undefined) missing.push(letter)
  }
  return missing
}

function bytesOf({ topic, payload, detail }: Pick<DeadLetter, 'topic' | 'payload' | 'detail'>): number {
  return payload.length + Buffer.byteLength(topic) + Buffer.byteLength(detail)
}

/** The latest first. */
export async function readDeadLetters(
  db: Kysely<StateTables>,
  { limit, ...filter }: DeadLetterFilter & { readonly limit?: number | undefined },
): Promise<readonly DeadLetter[]> {
  let rows = chosen(db, filter).orderBy('id', 'desc')
  if (limit !== undefined) rows = rows.limit(limit)
  return (await rows.execute()).map(({ id: _, ...row }) => letterOf(row))
}

/** The oldest first, as pages by key. */
export async function readDeadLetterPage(
  db: Kysely<StateTables>,
  { after, limit, ...filter }: DeadLetterFilter & { readonly after: number; readonly limit: number },
): Promise<readonly KeptDeadLetter[]> {
  const rows = await chosen(db, filter).where('id', '>', after).orderBy('id').limit(limit).execute()
  return rows.map(({ id, ...row }) => ({ id, ...letterOf(row) }))
}

export async function removeDeadLetters(db: Kysely<StateTables>, ids: readonly number[]): Promise<void> {
  for (const chunk of chunks(ids)) await db.deleteFrom('dead_letters').where('id', 'in', chunk).execute()
}

export async function countDeadLetters(
  db: Kysely<StateTables>,
  { device, reason }: DeadLetterFilter = {},
): Promise<number> {
  let rows = db.selectFrom('dead_letters').select((query) => query.fn.countAll<number>().as('count'))
  if (device !== undefined) rows = rows.where('device', '=', device)
  if (reason !== undefined) rows = rows.where('reason', '=', reason)
  return (await rows.executeTakeFirstOrThrow()).count
}

function chosen(db: Kysely<StateTables>, { device, reason }: DeadLetterFilter) {
  let rows = db
    .selectFrom('dead_letters')
    .select(['id', 'topic', 'payload', 'reason', 'detail', 'device', 'at'])
  if (device !== undefined) rows = rows.where('device', '=', device)
  if (reason !== undefined) rows = rows.where('reason', '=', reason)
  return rows
}

function letterOf({ device, ...letter }: Omit<DeadLetterRow, 'id' | 'upto'>): DeadLetter {
  return { ...letter, device: device ?? undefined }
}
