import { sql } from 'kysely'
import type { OneOf } from '../sql/tables.ts'

/** One parameter however many values there are: one statement, prepared once, and no bound on their number. */
export const oneOf: OneOf = (of, values) =>
  sql`${typeof of === 'string' ? sql.ref(of) : of} in (select value from json_each(${JSON.stringify(values)}))`
