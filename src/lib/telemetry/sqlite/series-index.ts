import { randomInt } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Latest } from '../measurement.ts'
import type { LatestQuery } from '../store.ts'
import type { Row } from './bulk-insert.ts'

export const SERIES_FILE = 'series.db'

/** Which (device, metric) has which number in the files of the days, and the newest row of each. */
export const SERIES_SCHEMA = `
  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    metric TEXT NOT NULL,
    UNIQUE (device, metric)
  ) STRICT;
  CREATE TABLE latest (
    series INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    value REAL,
    text TEXT
  ) STRICT`

/** The days name the dictionary that their numbers come from; 0 would be a file without a mark. */
export function newMark(): number {
  return randomInt(1, 2 ** 31)
}

/** A series and its number. */
export interface NumberedSeries {
  readonly id: number
  readonly device: string
  readonly metric: string
}

type Chosen = Pick<LatestQuery, 'devices' | 'metrics'>

/** By device, then metric. */
export function findSeries(database: DatabaseSync, chosen: Chosen): readonly NumberedSeries[] {
  const { where, values } = condition(chosen)
  const statement = database.prepare(`SELECT id, device, metric FROM series ${where} ORDER BY device, metric`)
  return statement.all(...values) as unknown as readonly NumberedSeries[]
}

/** By device, then metric. */
export function readLatest(
  database: DatabaseSync,
  { limit = -1, ...chosen }: LatestQuery,
): readonly Latest[] {
  const { where, values } = condition(chosen)
  const statement = database.prepare(`
    SELECT device, metric, at, value, text FROM series JOIN latest ON latest.series = series.id
    ${where} ORDER BY device, metric LIMIT ?`)
  const rows = statement.all(...values, limit) as unknown as readonly (Row & NumberedSeries)[]
  return rows.map(({ device, metric, at, value, text }) => ({
    device,
    metric,
    at,
    value: value ?? undefined,
    text: text ?? undefined,
  }))
}

export function countSeries(database: DatabaseSync) {
  const row = database
    .prepare(`
      SELECT (SELECT count(*) FROM series) AS series, (SELECT count(DISTINCT device) FROM series) AS devices,
        (SELECT max(at) FROM latest) AS newest`)
    .get()
  return row as unknown as {
    readonly series: number
    readonly devices: number
    readonly newest: number | null
  }
}

/** One parameter however many names there are. */
function condition({ devices, metrics }: Chosen): { readonly where: string; readonly values: string[] } {
  const chosen = Object.entries({ device: devices, metric: metrics }).filter(
    (entry): entry is [string, readonly string[]] => entry[1] !== undefined,
  )
  const terms = chosen.map(([column]) => `${column} IN (SELECT value FROM json_each(?))`)
  return {
    where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`,
    values: chosen.map(([, names]) => JSON.stringify(names)),
  }
}
