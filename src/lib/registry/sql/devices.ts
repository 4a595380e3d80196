import { sql } from 'kysely'
import type { Device } from '../device.ts'
import { foldId } from '../device.ts'
import { lifeOf } from '../life.ts'
import type { DeviceQuery, KnownDevice, UnknownDevice } from '../registry.ts'
import { fulfillingValues } from './fulfilling-values.ts'
import { selected } from './selected.ts'
import type { DeviceRow, Queries, RegistryTables, SeenRow } from './tables.ts'

type Registry = Queries<RegistryTables>

/** Ids of one query: 100 000 of them are ten short waits instead of one long one. */
const IDS = 10_000

export async function readDevices(
  registry: Registry,
  query: DeviceQuery,
  now: number,
): Promise<readonly Device[]> {
  let rows = withSeen(await chosen(registry, query, now)).orderBy('devices.id')
  if (query.after !== undefined) rows = rows.where('devices.id', '>', query.after)
  if (query.limit !== undefined) rows = rows.limit(query.limit)
  return withTags(registry, await rows.execute())
}

export async function readDevice(registry: Registry, id: string): Promise<Device | undefined> {
  const rows = withSeen(joined(registry)).where('devices.id', '=', id)
  return (await withTags(registry, await rows.execute()))[0]
}

export async function countDevices(registry: Registry, query: Query, now: number): Promise<number> {
  const rows = await chosen(registry, query, now)
  const { count } = await rows
    .select((expressions) => expressions.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

export async function knownDevices(
  { db, oneOf }: Registry,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownDevice>> {
  return byIdAsked(ids, (asked) =>
    db.selectFrom('devices').select(['id', 'life']).where(oneOf('id', asked)).execute(),
  )
}

/** Rows by the id as it was asked for, however it is spelt where it is stored. */
async function byIdAsked<Row extends { readonly id: string }>(
  ids: readonly string[],
  read: (asked: readonly string[]) => Promise<readonly Row[]>,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>()
  for (let start = 0; start < ids.length; start += IDS) {
    const asked = ids.slice(start, start + IDS)
    const byFolded = new Map((await read(asked)).map((row) => [foldId(row.id), row]))
    for (const id of asked) {
      const row = byFolded.get(foldId(id))
      if (row !== undefined) found.set(id, row)
    }
  }
  return found
}

export async function barredDevices({ db }: Registry): Promise<readonly string[]> {
  // Literals, not parameters: so it is the condition of the index `devices_barred`.
  const barred = sql<boolean>`(blocked = 1 or life = 'retired')`
  const rows = await db.selectFrom('devices').select('id').where(barred).orderBy('id').execute()
  return rows.map(({ id }) => id)
}

export async function unknownDevices(
  { db }: Registry,
  limit: number | undefined,
): Promise<readonly UnknownDevice[]> {
  let rows = db
    .selectFrom('state.seen as seen')
    .select(['seen.device as id', 'seen.last_seen as lastSeen'])
    .where((query) => {
      const known = query
        .selectFrom('devices')
        .select('devices.id')
        .whereRef('devices.id', '=', 'seen.device')
      return query.not(query.exists(known))
    })
    .orderBy('seen.last_seen', 'desc')
    .orderBy('seen.device')
  if (limit !== undefined) rows = rows.limit(limit)
  return rows.execute()
}

type Seen = { [Column in keyof Pick<SeenRow, 'last_seen' | 'messages'>]: SeenRow[Column] | null }

type Query = Omit<DeviceQuery, 'after' | 'limit'>

function joined({ db }: Registry) {
  return db.selectFrom('devices').leftJoin('state.seen as seen', 'seen.device', 'devices.id')
}

function withSeen(rows: ReturnType<typeof joined>) {
  return rows
    .select(['devices.id', 'devices.life', 'devices.blocked', 'devices.created_at'])
    .select(['seen.last_seen', 'seen.messages'])
}

async function chosen(
  registry: Registry,
  { selector, includeRetired, moments }: Query,
  now: number,
): Promise<ReturnType<typeof joined>> {
  let rows = joined(registry)
  if (includeRetired !== true) rows = rows.where('devices.life', '!=', 'retired')
  if (selector === undefined) return rows
  const values = await fulfillingValues(registry.db, selector)
  const selecting = { ...registry, values, moments: moments ?? { now, heardUntil: now } }
  return rows.where((expressions) => selected(expressions, selector, selecting))
}

async function withTags(
  { db, oneOf }: Registry,
  rows: readonly (DeviceRow & Seen)[],
): Promise<readonly Device[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const tags = await db
    .selectFrom('tags')
    .select(['device', 'key', 'value'])
    .where(oneOf('device', ids))
    .orderBy('key')
    .execute()
  const byDevice = Map.groupBy(tags, ({ device }) => foldId(device))
  return rows.map((row) => ({
    id: row.id,
    life: lifeOf(row.life, row.messages === null ? undefined : { messages: row.messages }),
    blocked: row.blocked === 1,
    tags: Object.fromEntries((byDevice.get(foldId(row.id)) ?? []).map(({ key, value }) => [key, value])),
    createdAt: row.created_at,
    lastSeen: row.last_seen ?? undefined,
  }))
}
