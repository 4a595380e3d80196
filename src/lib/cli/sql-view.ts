import type { SqlPage } from '../fleet/sql-telemetry.ts'
import { type SqlShown, sqlCsv, sqlCsvHead, sqlJson, sqlTable } from './sql-text.ts'
import type { Terminal } from './terminal.ts'

export type SqlForm = 'table' | 'csv' | 'json'

/** Rows of one table. A longer answer comes as several, because the widths of columns need all rows of a table. */
const TABLE = 1000

/** Shows an answer as it comes, no faster than it is read. */
export async function showSql(
  pages: AsyncIterable<SqlPage>,
  form: SqlForm,
  terminal: Terminal,
): Promise<SqlShown> {
  let shown: SqlShown | undefined
  for await (const page of form === 'table' ? tables(pages) : pages) {
    if (shown === undefined && form === 'csv') await terminal.line(sqlCsvHead(page.columns))
    if (page.rows.length > 0) await terminal.line(rowsText(page, form, terminal))
    shown = { rows: (shown?.rows ?? 0) + page.rows.length, next: page.next }
  }
  return shown ?? { rows: 0, next: null }
}

function rowsText(page: SqlPage, form: SqlForm, terminal: Terminal): string {
  if (form === 'csv') return sqlCsv(page.rows)
  return form === 'json' ? sqlJson(page) : sqlTable(page, terminal)
}

async function* tables(pages: AsyncIterable<SqlPage>): AsyncGenerator<SqlPage> {
  let held: SqlPage | undefined
  for await (const page of pages) {
    let rows = [...(held?.rows ?? []), ...page.rows]
    for (; rows.length > TABLE; rows = rows.slice(TABLE)) yield { ...page, rows: rows.slice(0, TABLE) }
    held = { ...page, rows }
  }
  if (held !== undefined) yield held
}
