import type { DatabaseSync } from 'node:sqlite'
import type { BucketPart } from '../bucket-sums.ts'
import { bulkInsert, type Row } from './bulk-insert.ts'
import { inTransaction } from './database.ts'

/**
 * By minute, then series. Rows come in about the order of time, so only the last minute is written to, and insertion
 * does not slow down as the day grows, as it does by series first. A series of a day is read by 1440 looks at the
 * right places; by time alone, which is cheaper to write, the whole day would be read.
 */
export const DAY_SCHEMA = `
  CREATE TABLE samples (
    minute INTEGER NOT NULL,
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value REAL,
    text TEXT,
    PRIMARY KEY (minute, series, at)
  ) STRICT, WITHOUT ROWID`

const MINUTE = 60_000_000

export function samplesWriter(database: DatabaseSync): (rows: readonly Row[]) => void {
  const insert = bulkInsert(
    database,
    'samples (minute, series, at, value, text)',
    'ON CONFLICT DO UPDATE SET value = excluded.value, text = excluded.text',
    ({ series, at, value, text }) => [minuteOf(at), series, at, value, text],
  )
  return (rows) => inTransaction(database, () => insert(rows))
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE)
}

/** [from, to) in microseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** With more series than this, reading every row of the span costs less than looking for each in each minute. */
const FEW = 64

/** Which rows are meant, for a span within one day. */
function chosen(series: readonly number[], { from, to }: Span) {
  const [first, last] = [minuteOf(from), minuteOf(to - 1)]
  const inSpan = 'at >= $from AND at < $to AND series IN (SELECT value FROM json_each($series))'
  const common = { from, to, series: JSON.stringify(series) }
  if (series.length > FEW)
    return { where: `${inSpan} AND minute BETWEEN $first AND $last`, values: { ...common, first, last } }
  const minutes = JSON.stringify(Array.from({ length: last - first + 1 }, (_, index) => first + index))
  return {
    where: `${inSpan} AND minute IN (SELECT value FROM json_each($minutes))`,
    values: { ...common, minutes },
  }
}

/** Rows of these series in a span of the day; of each series the newest first. The caller may stop at any. */
export function newestFirst(database: DatabaseSync, series: readonly number[], span: Span): Iterable<Row> {
  const { where, values } = chosen(series, span)
  const statement = database.prepare(`
    SELECT at, series, value, text FROM samples WHERE ${where} ORDER BY minute DESC, series DESC, at DESC`)
  return statement.iterate(values) as Iterable<unknown> as Iterable<Row>
}

/** Numbers of one series in one interval of one day. */
export type DayBucket = BucketPart<number>

/** In order of time. The last value is looked up by its key once the interval's newest moment is known. */
export function dayBuckets(
  database: DatabaseSync,
  series: readonly number[],
  span: Span,
  interval: number,
): readonly DayBucket[] {
  const { where, values } = chosen(series, span)
  const statement = database.prepare(`
    SELECT b.series, bucket, count, sum, min, max, s.value AS last FROM (
      SELECT series, at / CAST($interval AS INTEGER) AS bucket, count(*) AS count,
        sum(value) AS sum, min(value) AS min, max(value) AS max, max(at) AS newest
      FROM samples WHERE ${where} AND value IS NOT NULL GROUP BY series, bucket
    ) b JOIN samples s ON s.minute = newest / ${MINUTE} AND s.series = b.series AND s.at = newest
    ORDER BY bucket`)
  return statement.all({ ...values, interval }) as unknown as readonly DayBucket[]
}

/** The first moment of the day that something is stored of. */
export function firstMoment(database: DatabaseSync): number | undefined {
  const { at } = database
    .prepare('SELECT min(at) AS at FROM samples WHERE minute = (SELECT min(minute) FROM samples)')
    .get() as { at: number | null }
  return at ?? undefined
}
