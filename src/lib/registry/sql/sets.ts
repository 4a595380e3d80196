import { type Kysely, sql } from 'kysely'
import { UsageError } from '../../base/errors.ts'
import type { KeptSet, NewSet } from '../kept-set.ts'
import type { OneOf, RegistryTables } from './tables.ts'

/** By name. */
export async function readSets(db: Kysely<RegistryTables>): Promise<readonly KeptSet[]> {
  const { rows } = await sql<KeptSet>`
    select sets.name as "name", sets.selector as "selector", sets.actor as "actor", sets.kept_at as "keptAt",
      (select count(*) from set_devices where set_devices.name = sets.name) as "devices"
    from sets order by sets.name`.execute(db)
  return rows
}

export async function keepSet(
  db: Kysely<RegistryTables>,
  oneOf: OneOf,
  { name, selector, actor, ids, replace }: NewSet,
  keptAt: number,
): Promise<void> {
  const there = await db.selectFrom('sets').select('name').where('name', '=', name).executeTakeFirst()
  if (there !== undefined && !replace) throw taken(there.name)
  await removeSet(db, name)
  await db.insertInto('sets').values({ name, selector, actor, kept_at: keptAt }).execute()
  await db
    .insertInto('set_devices')
    .columns(['name', 'device'])
    .expression((query) =>
      query
        .selectFrom('devices')
        .select([query.val(name).as('name'), 'id'])
        .where(oneOf('id', ids)),
    )
    .execute()
}

export async function removeSet(db: Kysely<RegistryTables>, name: string): Promise<void> {
  await db.deleteFrom('set_devices').where('name', '=', name).execute()
  await db.deleteFrom('sets').where('name', '=', name).execute()
}

function taken(name: string): UsageError {
  return new UsageError('SET_EXISTS', `There is a set @${name} already: what it means was not changed.`, {
    hint: `What is in it: flotilla device list @${name}. To put another in its place: --replace`,
  })
}
