import type { Series, SeriesPoint } from '../measurement.ts'
import { metricsByDevice, type SeriesQuery, type StoreStats, type TelemetryStore } from '../store.ts'
import { readBuckets } from './buckets.ts'
import { conditions } from './condition.ts'
import { readLatest } from './latest.ts'
import { textLiteral } from './literal.ts'
import type { TableNames } from './names.ts'
import { ownerOf, refuseOther } from './owner.ts'
import { pages } from './pages.ts'
import { bySeries, type SeriesKey, seriesKey } from './rows.ts'
import type { QuestdbServer } from './server.ts'
import { settle } from './visibility.ts'

export type StoreReader = Pick<TelemetryStore, 'latest' | 'series' | 'buckets' | 'stats' | 'metrics'>

/**
 * Reads what was acknowledged before the question. Tables that are not there yet are a store without data; those of
 * another fleet are refused (`STORE_FLEET`).
 */
export function storeReader(server: QuestdbServer, names: TableNames): StoreReader {
  const { measurements, series } = names
  let known = false
  /** Asked until it was answered: a server that is away says nothing about whose its tables are. */
  const isOurs = async (): Promise<void> => {
    if (known) return
    refuseOther(await ownerOf(server, names), names, server.address)
    known = true
  }
  const ask = async <T>(nothing: T, question: () => Promise<T>): Promise<T> => {
    const [isThere] = await Promise.all([settle(server, [measurements, series]), isOurs()])
    return isThere ? question() : nothing
  }
  return {
    latest: (query) => ask([], () => readLatest(server, names, query)),
    series: (query) => ask([], () => readSeries(server, names, query)),
    buckets: (query) => ask([], () => readBuckets(server, names, query)),
    stats: () => ask(EMPTY, () => readStats(server, names)),
    metrics: (devices) => ask(new Map(), () => readMetrics(server, names, devices)),
  }
}

const EMPTY: StoreStats = { devices: 0, series: 0, days: 0, bytes: 0, oldest: undefined, newest: undefined }

async function readMetrics(
  server: QuestdbServer,
  { series }: TableNames,
  devices: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found: SeriesKey[] = []
  for (const condition of conditions({ devices })) {
    const { dataset } = await server.query(`SELECT DISTINCT device, metric FROM ${series} WHERE ${condition}`)
    for (const [device, metric] of dataset) found.push({ device: String(device), metric: String(metric) })
  }
  return metricsByDevice(found)
}

interface GrowingSeries extends SeriesKey {
  readonly points: SeriesPoint[]
}

async function readSeries(
  server: QuestdbServer,
  { measurements, series }: TableNames,
  { limit, from, to, ...chosen }: SeriesQuery,
): Promise<readonly Series[]> {
  if (limit !== undefined && limit <= 0) return []
  const found: GrowingSeries[] = []
  for (const condition of conditions(chosen)) {
    const own = new Map<string, GrowingSeries>()
    const open = limit === undefined ? Infinity : await countSeries(server, series, condition)
    const wanted = { left: open, limit: limit ?? Infinity }
    const query = { table: measurements, condition, from, to, descending: limit !== undefined }
    for await (const rows of pages(server, query)) {
      for (const { at, value, text, ...key } of rows) add(own, key, { at, value, text }, wanted)
      if (wanted.left === 0) break
    }
    for (const one of own.values()) found.push(one)
  }
  if (limit !== undefined) for (const { points } of found) points.reverse()
  return found.sort(bySeries)
}

/** @param wanted how many series still want points, and how many each may have */
function add(
  own: Map<string, GrowingSeries>,
  key: SeriesKey,
  point: SeriesPoint,
  wanted: { left: number; readonly limit: number },
): void {
  const name = seriesKey(key)
  let series = own.get(name)
  if (series === undefined) own.set(name, (series = { ...key, points: [] }))
  if (series.points.length >= wanted.limit) return
  series.points.push(point)
  if (series.points.length === wanted.limit) wanted.left--
}

async function countSeries(server: QuestdbServer, table: string, condition: string): Promise<number> {
  const { dataset } = await server.query(
    `SELECT count() FROM (SELECT DISTINCT device, metric FROM ${table} WHERE ${condition})`,
  )
  return Number(dataset[0]?.[0] ?? 0)
}

async function readStats(server: QuestdbServer, { measurements, series }: TableNames): Promise<StoreStats> {
  const [counts, parts, ends] = await Promise.all([
    server.query(
      `SELECT count_distinct(device), count() FROM (SELECT DISTINCT device, metric FROM ${series})`,
    ),
    server.query(`SELECT count(), sum("diskSize") FROM table_partitions(${textLiteral(measurements)})`),
    server.query(`SELECT min(ts)::long, max(ts)::long FROM ${measurements}`),
  ])
  const [devices, all] = counts.dataset[0] ?? []
  const [days, bytes] = parts.dataset[0] ?? []
  const [oldest, newest] = ends.dataset[0] ?? []
  return {
    devices: Number(devices ?? 0),
    series: Number(all ?? 0),
    days: Number(days ?? 0),
    bytes: Number(bytes ?? 0),
    oldest: typeof oldest === 'number' ? oldest : undefined,
    newest: typeof newest === 'number' ? newest : undefined,
  }
}
