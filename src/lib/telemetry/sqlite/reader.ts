import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { BucketSums } from '../bucket-sums.ts'
import { DAY, dayOf } from '../day.ts'
import type { Series, SeriesPoint } from '../measurement.ts'
import { type BucketQuery, metricsByDevice, type SeriesQuery, type TelemetryStore } from '../store.ts'
import { markOf, openForReading, requireMark } from './database.ts'
import { dayFile, dayOfFile } from './day.ts'
import { dayBuckets, firstMoment, newestFirst, type Span } from './day-samples.ts'
import { storeFailure } from './failure.ts'
import { countSeries, findSeries, type NumberedSeries, readLatest, SERIES_FILE } from './series-index.ts'

export type StoreReader = Pick<TelemetryStore, 'latest' | 'series' | 'buckets' | 'stats' | 'metrics'>

/**
 * Reads beside the writer, from connections of its own that live as long as a question, so it sees what is committed
 * and never keeps a day from being deleted. No folder, or an empty one, is a store without data.
 */
export function storeReader(folder: string): StoreReader {
  const seriesFile = path.join(folder, SERIES_FILE)
  const ask = <T>(question: (database: DatabaseSync) => T): T | undefined => reading(seriesFile, question)

  /** Asks the days of a span, each for its part of it, until `visit` says that it is enough. */
  function overDays({ from, to }: Span, newestFirst: boolean, visit: DayVisit): void {
    const mark = ask(markOf)
    const days = storedDays(folder).filter((day) => day >= dayOf(from) && day <= dayOf(to - 1))
    if (newestFirst) days.reverse()
    for (const day of days) {
      const file = dayFile(folder, day)
      const enough = reading(file, (database) => {
        requireMark(database, mark!, file)
        return visit(database, { from: Math.max(from, day * DAY), to: Math.min(to, (day + 1) * DAY) })
      })
      if (enough === true) return
    }
  }

  return {
    latest: async (query) => ask((database) => readLatest(database, query)) ?? [],

    async series({ limit = Infinity, ...query }: SeriesQuery) {
      const chosen = ask((database) => findSeries(database, query)) ?? []
      const points = new Map<number, SeriesPoint[]>(chosen.map(({ id }) => [id, []]))
      const open = new Set(points.keys())
      if (limit > 0 && open.size > 0)
        overDays(query, true, (database, part) => collect(database, part, { points, open, limit }))
      return chosen.map((one) => seriesOf(one, points)).filter(({ points }) => points.length > 0)
    },

    async buckets({ interval, ...query }: BucketQuery) {
      const chosen = ask((database) => findSeries(database, query)) ?? []
      const ids = chosen.map(({ id }) => id)
      const sums = new BucketSums<number>()
      if (ids.length > 0)
        overDays(query, false, (database, part) => {
          for (const bucket of dayBuckets(database, ids, part, interval)) sums.add(bucket)
        })
      return chosen
        .map(({ id, device, metric }) => ({ device, metric, buckets: sums.of(id, interval) }))
        .filter(({ buckets }) => buckets.length > 0)
    },

    async metrics(devices) {
      const known = ask((database) => findSeries(database, { devices })) ?? []
      return metricsByDevice(known)
    },

    async stats() {
      const { devices, series, newest } = ask(countSeries) ?? { devices: 0, series: 0, newest: null }
      const days = storedDays(folder)
      const [first] = days
      const oldest = first === undefined ? undefined : reading(dayFile(folder, first), firstMoment)
      return {
        devices,
        series,
        days: days.length,
        bytes: bytesIn(folder),
        oldest,
        newest: newest ?? undefined,
      }
    },
  }
}

type DayVisit = (database: DatabaseSync, part: Span) => boolean | void

interface Collection {
  readonly points: ReadonlyMap<number, SeriesPoint[]>
  /** Series that still want points. */
  readonly open: Set<number>
  readonly limit: number
}

/** Whether all series have as many points as they may. */
function collect(database: DatabaseSync, span: Span, { points, open, limit }: Collection): boolean {
  for (const { series, at, value, text } of newestFirst(database, [...open], span)) {
    const own = points.get(series)!
    if (own.length >= limit) continue
    own.push({ at, value: value ?? undefined, text: text ?? undefined })
    if (own.length === limit) open.delete(series)
    if (open.size === 0) return true
  }
  return false
}

function seriesOf(
  { id, device, metric }: NumberedSeries,
  points: ReadonlyMap<number, SeriesPoint[]>,
): Series {
  return { device, metric, points: points.get(id)!.toReversed() }
}

/** @throws UnreachableError `STORE_…` */
function reading<T>(file: string, question: (database: DatabaseSync) => T): T | undefined {
  try {
    const database = openForReading(file)
    if (database === undefined) return undefined
    try {
      return question(database)
    } finally {
      database.close()
    }
  } catch (error) {
    throw storeFailure(error, file)
  }
}

/** In order of time. */
export function storedDays(folder: string): number[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map(dayOfFile)
    .filter((day) => day !== undefined)
    .sort((a, b) => a - b)
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0
  const sizes = readdirSync(folder).map(
    (name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
