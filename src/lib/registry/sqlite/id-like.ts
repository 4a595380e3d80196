import { sql } from 'kysely'
import type { IdLike } from '../sql/tables.ts'

/** SQLite's LIKE takes no notice of the case of A–Z, as no id does. */
export const idLike: IdLike = (column, pattern) => {
  const like = pattern.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll('*', '%')
  return sql`${sql.ref(column)} like ${like} escape '\\'`
}
