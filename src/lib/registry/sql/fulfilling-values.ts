import type { Kysely } from 'kysely'
import { factsOf, type Selector, type TagFact } from '../selector.ts'
import { fulfils } from '../tag-comparison.ts'
import type { RegistryTables } from './tables.ts'

/** Of each comparison that SQL has no words for (versions, numbers in text, `like`): the stored values that fulfil it. */
export type FulfillingValues = ReadonlyMap<TagFact, readonly string[]>

/**
 * Compares each value once, however many devices have it, and in one way on every engine: what is left is whether a
 * device has one of these values.
 */
export async function fulfillingValues(
  db: Kysely<RegistryTables>,
  selector: Selector,
): Promise<FulfillingValues> {
  const facts = factsOf(selector)
    .filter((fact) => fact.kind === 'tag')
    .filter(({ comparison }) => comparison !== '=' && comparison !== '!=')
  const fulfilling = new Map<TagFact, readonly string[]>()
  for (const [key, ofKey] of Map.groupBy(facts, ({ key }) => key)) {
    const stored = await valuesOf(db, key)
    for (const fact of ofKey)
      fulfilling.set(
        fact,
        stored.filter((value) => fulfils(value, fact)),
      )
  }
  return fulfilling
}

async function valuesOf(db: Kysely<RegistryTables>, key: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('tags').select('value').distinct().where('key', '=', key).execute()
  return rows.map(({ value }) => value)
}
