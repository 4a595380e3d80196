import type { Kysely } from 'kysely'
import { UsageError } from '../../base/errors.ts'
import { readDecimal } from '../decimal-reading.ts'
import { formatSelector } from '../format-selector.ts'
import { factsOf, type Selector, type TagFact } from '../selector.ts'
import { fulfils } from '../tag-comparison.ts'
import type { RegistryTables } from './tables.ts'

/** Of each comparison that SQL has no words for (versions, numbers in text, `like`): the stored values that fulfil it. */
export type FulfillingValues = ReadonlyMap<TagFact, readonly string[]>

/**
 * Compares each value once, however many devices have it, and in one way on every engine: what is left is whether a
 * device has one of these values.
 * @throws UsageError `SELECTOR_AMBIGUOUS`
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
    for (const fact of ofKey) {
      const { fact: meant, doubtful } = readDecimal(stored, fact)
      if (doubtful !== undefined) throw notClear(fact, doubtful)
      const values = stored.filter((value) => fulfils(value, meant))
      fulfilling.set(fact, values)
    }
  }
  return fulfilling
}

async function valuesOf(db: Kysely<RegistryTables>, key: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('tags').select('value').distinct().where('key', '=', key).execute()
  return rows.map(({ value }) => value)
}

function notClear(fact: TagFact, stored: string): UsageError {
  const [asked = ''] = fact.values
  const as = (value: string): string => formatSelector({ ...fact, values: [value] })
  const [first, second] = fulfils(stored, fact) ? ['version', 'number'] : ['number', 'version']
  return new UsageError(
    'SELECTOR_AMBIGUOUS',
    `"${as(asked)}" may mean a version or a number: ${stored} fulfils it as a ${first}, and not as a ${second}.`,
    { hint: `Say which: ${as(`v${asked}`)} for versions, ${as(`+${asked}`)} for numbers.` },
  )
}
