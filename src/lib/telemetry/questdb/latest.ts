import { DAY } from '../day.ts'
import type { Latest } from '../measurement.ts'
import type { LatestQuery } from '../store.ts'
import { type Chosen, conditions, type Span, within } from './condition.ts'
import type { TableNames } from './names.ts'
import { bySeries, rowOf, type SeriesKey, seriesKey } from './rows.ts'
import type { QuestdbServer } from './server.ts'

const MINUTE = 60_000_000

/** How far back from a day's newest moment it is looked: most devices report often. The last reaches over the day. */
const LOOKS = [10 * MINUTE, 120 * MINUTE, DAY]

/** With more devices than this, a condition that names them costs more than reading the others too. */
const NAMED = 2000

/**
 * The newest measurement of each series. LATEST ON reads everything that it is not kept from, so the series table
 * says on which day each series has its newest, and only that day is read, from its end.
 */
export async function readLatest(
  server: QuestdbServer,
  names: TableNames,
  query: LatestQuery,
): Promise<readonly Latest[]> {
  const found: (readonly Latest[])[] = []
  for (let open = await newestDays(server, names, query); open.length > 0; ) {
    const missing: SeriesDay[] = []
    for (const [day, series] of Map.groupBy(open, (one) => one.day)) {
      const wanted = new Map(series.map((one) => [seriesKey(one), one]))
      found.push(await newestOfDay(server, names, { day, wanted, query }))
      for (const one of wanted.values()) missing.push(one)
    }
    open = await daysBefore(server, names, missing)
  }
  return found.flat().sort(bySeries)
}

/**
 * The day before, for series of which the newest day shows nothing yet: while somebody writes, the series table may be
 * readable a moment before the measurements that it speaks of.
 */
async function daysBefore(
  server: QuestdbServer,
  { series }: TableNames,
  missing: readonly SeriesDay[],
): Promise<readonly SeriesDay[]> {
  const found: SeriesDay[] = []
  for (const [day, open] of Map.groupBy(missing, (one) => one.day)) {
    const keys = new Set(open.map(seriesKey))
    const devices = [...new Set(open.map(({ device }) => device))]
    for (const condition of conditions({ devices })) {
      const { dataset } = await server.query(
        `SELECT device, metric, max(ts)::long FROM ${series} WHERE ${within({ from: 0, to: day })} AND ${condition}`,
      )
      for (const one of dataset.map(seriesDayOf)) if (keys.has(seriesKey(one))) found.push(one)
    }
  }
  return found
}

function seriesDayOf([device, metric, day]: readonly unknown[]): SeriesDay {
  return { device: String(device), metric: String(metric), day: Number(day) }
}

interface SeriesDay extends SeriesKey {
  /** Its beginning. */
  readonly day: number
}

async function newestDays(
  server: QuestdbServer,
  { series }: TableNames,
  { limit, ...chosen }: LatestQuery,
): Promise<readonly SeriesDay[]> {
  const found: SeriesDay[] = []
  for (const condition of conditions(chosen)) {
    const left = limit === undefined ? '' : `LIMIT ${limit - found.length}`
    const { dataset } = await server.query(
      `SELECT device, metric, max(ts)::long FROM ${series} WHERE ${condition} ORDER BY device, metric ${left}`,
    )
    for (const row of dataset) found.push(seriesDayOf(row))
    if (limit !== undefined && found.length >= limit) break
  }
  return found
}

interface DayLook {
  readonly day: number
  readonly wanted: Map<string, SeriesKey>
  readonly query: Chosen
}

async function newestOfDay(
  server: QuestdbServer,
  { measurements }: TableNames,
  { day, wanted, query }: DayLook,
): Promise<readonly Latest[]> {
  const found: Latest[] = []
  const end = await endOfDay(server, measurements, day)
  for (const back of LOOKS) {
    const span = { from: Math.max(day, end - back), to: end }
    for (const condition of conditions(narrowed(query, wanted))) {
      const { dataset } = await server.query(
        `SELECT device, metric, ts::long, value, text FROM ${measurements}
         WHERE ${within(span)} AND ${condition} LATEST ON ts PARTITION BY device, metric`,
      )
      for (const row of dataset.map(rowOf)) if (wanted.delete(seriesKey(row))) found.push(row)
    }
    if (wanted.size === 0) break
  }
  return found
}

/** One microsecond behind the day's newest measurement. */
async function endOfDay(server: QuestdbServer, measurements: string, day: number): Promise<number> {
  const span: Span = { from: day, to: day + DAY }
  const { dataset } = await server.query(`SELECT max(ts)::long FROM ${measurements} WHERE ${within(span)}`)
  const newest = dataset[0]?.[0]
  return typeof newest === 'number' ? newest + 1 : day + DAY
}

/** Names only those that are still looked for, where that is shorter. */
function narrowed({ devices, metrics }: Chosen, wanted: ReadonlyMap<string, SeriesKey>): Chosen {
  const still = new Set(Array.from(wanted.values(), ({ device }) => device))
  return { devices: devices === undefined && still.size > NAMED ? undefined : [...still], metrics }
}
