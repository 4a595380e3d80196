import type { DatabaseSync } from 'node:sqlite'
import { bulkInsert, type Row } from './bulk-insert.ts'
import { inTransaction } from './database.ts'

/**
 * By time first: rows come in about this order, so they are appended, and stay a million rows a second however large
 * the day gets. By series first, insertion falls to a tenth; reading one series is what pays.
 */
export const DAY_SCHEMA = `
  CREATE TABLE samples (
    at INTEGER NOT NULL,
    series INTEGER NOT NULL,
    value REAL,
    text TEXT,
    PRIMARY KEY (at, series)
  ) STRICT, WITHOUT ROWID`

export function samplesWriter(database: DatabaseSync): (rows: readonly Row[]) => void {
  const insert = bulkInsert(
    database,
    'samples (at, series, value, text)',
    'ON CONFLICT DO UPDATE SET value = excluded.value, text = excluded.text',
  )
  return (rows) => inTransaction(database, () => insert(rows))
}

/** [from, to) in microseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Rows of these series, the newest first. The caller may stop at any. */
export function newestFirst(
  database: DatabaseSync,
  series: readonly number[],
  { from, to }: Span,
): Iterable<Row> {
  const statement = database.prepare(`
    SELECT at, series, value, text FROM samples
    WHERE at >= ? AND at < ? AND series IN (SELECT value FROM json_each(?)) ORDER BY at DESC`)
  return statement.iterate(from, to, JSON.stringify(series)) as Iterable<unknown> as Iterable<Row>
}

/** Numbers of one series in one interval of one day. */
export interface DayBucket {
  readonly series: number
  /** Number of the interval since 1970. */
  readonly bucket: number
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly last: number
}

/** In order of time. The last value is looked up by its key once the interval's newest moment is known. */
export function dayBuckets(
  database: DatabaseSync,
  series: readonly number[],
  { from, to }: Span,
  interval: number,
): readonly DayBucket[] {
  const statement = database.prepare(`
    SELECT b.series, bucket, count, sum, min, max, s.value AS last FROM (
      SELECT series, CAST(at AS INTEGER) / CAST(?4 AS INTEGER) AS bucket, count(*) AS count,
        sum(value) AS sum, min(value) AS min, max(value) AS max, max(at) AS newest
      FROM samples
      WHERE at >= ?1 AND at < ?2 AND series IN (SELECT value FROM json_each(?3)) AND value IS NOT NULL
      GROUP BY series, bucket
    ) b JOIN samples s ON s.at = b.newest AND s.series = b.series
    ORDER BY bucket`)
  return statement.all(from, to, JSON.stringify(series), interval) as unknown as readonly DayBucket[]
}

/** The first moment of the day that something is stored of. */
export function firstMoment(database: DatabaseSync): number | undefined {
  const { at } = database.prepare('SELECT min(at) AS at FROM samples').get() as { at: number | null }
  return at ?? undefined
}
