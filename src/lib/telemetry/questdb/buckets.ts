import { poll } from '../../base/retry.ts'
import { type BucketPart, BucketSums } from '../bucket-sums.ts'
import type { BucketSeries } from '../measurement.ts'
import type { BucketQuery } from '../store.ts'
import { conditions, type Span, within } from './condition.ts'
import { textLiteral } from './literal.ts'
import type { TableNames } from './names.ts'
import { bySeries, type SeriesKey, seriesKey } from './rows.ts'
import type { Answer, QuestdbServer } from './server.ts'
import { sumsRefresh } from './tables.ts'

/** Width of the sums that the server keeps, in microseconds. */
const STEP = 300_000_000
/** For less than so many of them the rows themselves are read as fast. */
const WORTH = 12
/** A question has the sums follow the rows, waits so long for them, and reads the rows instead, in milliseconds. */
const PATIENCE = 2000
/** The server sums up what it has applied by then: that may take another time. */
const AGAIN = 200

/** Numbers summed up over intervals: from the kept sums where whole ones fit, from the rows at the edges. */
export async function readBuckets(
  server: QuestdbServer,
  names: TableNames,
  { from, to, interval, ...chosen }: BucketQuery,
): Promise<readonly BucketSeries[]> {
  const { before, middle, after } = partsOf({ from, to }, interval)
  const useSums = middle !== undefined && (await areCurrent(server, names))
  const rows = useSums ? [before, after] : [{ from, to }]
  const sums = new BucketSums<string>()
  const keys = new Map<string, SeriesKey>()
  const take = ({ dataset }: Answer) => {
    for (const part of dataset.map(partOf)) {
      keys.set(part.series, part)
      sums.add(part)
    }
  }
  for (const condition of conditions(chosen)) {
    const [first, last] = rows
    if (first !== undefined) take(await server.query(rowSums(names, first, condition, interval)))
    if (useSums) take(await server.query(keptSums(names, middle, condition, interval)))
    if (last !== undefined) take(await server.query(rowSums(names, last, condition, interval)))
  }
  return [...keys]
    .map(([key, { device, metric }]) => ({ device, metric, buckets: sums.of(key, interval) }))
    .sort(bySeries)
}

interface Parts {
  readonly before: Span | undefined
  /** What whole sums cover; undefined where they do not fit. */
  readonly middle: Span | undefined
  readonly after: Span | undefined
}

/** @param interval microseconds */
export function partsOf({ from, to }: Span, interval: number): Parts {
  const first = Math.ceil(from / STEP) * STEP
  const last = Math.floor(to / STEP) * STEP
  if (interval % STEP !== 0 || last - first < WORTH * STEP)
    return { before: undefined, middle: undefined, after: undefined }
  return {
    before: first > from ? { from, to: first } : undefined,
    middle: { from: first, to: last },
    after: to > last ? { from: last, to } : undefined,
  }
}

/**
 * Whether the sums hold every row that was there when it was asked, and can be read. A view that is invalid or
 * suspended never will.
 */
async function areCurrent(server: QuestdbServer, names: TableNames): Promise<boolean> {
  const { measurements, sums } = names
  const { dataset } = await server.query(
    `SELECT "sequencerTxn" FROM wal_tables() WHERE name = ${textLiteral(measurements)}`,
  )
  const written = Number(dataset[0]?.[0])
  let asked = -Infinity
  const current = await poll(
    async () => {
      const view = await server.query(
        `SELECT view_status <> 'invalid', refresh_base_table_txn FROM materialized_views()
         WHERE view_name = ${textLiteral(sums)}`,
      )
      // Asked afterwards: what is summed up by then can be read once all of this is.
      const table = await server.query(
        `SELECT NOT suspended, "writerTxn" = "sequencerTxn" FROM wal_tables() WHERE name = ${textLiteral(sums)}`,
      )
      const [isKept, summed] = view.dataset[0] ?? []
      const [runs, isReadable] = table.dataset[0] ?? []
      if (isKept !== true || runs !== true) return false
      if (Number(summed) >= written && isReadable === true) return true
      if (performance.now() - asked < AGAIN) return undefined
      asked = performance.now()
      await server.query(sumsRefresh(names))
      return undefined
    },
    { within: PATIENCE, every: 20 },
  )
  return current === true
}

const ALL = 'device, metric, bucket'

function rowSums({ measurements }: TableNames, span: Span, condition: string, interval: number): string {
  return `SELECT device, metric, ts::long / ${interval} bucket, count(value), sum(value), min(value), max(value), last(value)
    FROM ${measurements} WHERE ${within(span)} AND ${condition} AND value IS NOT NULL GROUP BY ${ALL} ORDER BY bucket`
}

function keptSums({ sums }: TableNames, span: Span, condition: string, interval: number): string {
  return `SELECT device, metric, ts::long / ${interval} bucket, sum(n), sum(n * avg), min(min), max(max), last(last)
    FROM ${sums} WHERE ${within(span)} AND ${condition} AND n > 0 GROUP BY ${ALL} ORDER BY bucket`
}

type Part = BucketPart<string> & SeriesKey

function partOf([device, metric, bucket, count, sum, min, max, last]: Answer['dataset'][number]): Part {
  const key = { device: String(device), metric: String(metric) }
  return {
    ...key,
    series: seriesKey(key),
    bucket: Number(bucket),
    count: Number(count),
    sum: Number(sum),
    min: Number(min),
    max: Number(max),
    last: Number(last),
  }
}
