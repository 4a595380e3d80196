import { randomInt } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Latest, Measurement } from '../measurement.ts'
import type { LatestQuery } from '../store.ts'
import { bulkInsert, type Row } from './bulk-insert.ts'
import { inTransaction, type Sync } from './database.ts'

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

/** Numbers that are kept in memory; with more series they are read again now and then. */
const KEPT = 1_000_000

/** The writing side: gives out numbers, and keeps the newest row of each series. */
export class SeriesWriter {
  readonly #database: DatabaseSync
  readonly #sync: Sync
  readonly #find
  readonly #add
  readonly #upsertLatest
  #ids = new Map<string, Map<string, number>>()
  #kept = 0

  constructor(database: DatabaseSync, sync: Sync) {
    this.#database = database
    this.#sync = sync
    this.#find = database.prepare('SELECT id FROM series WHERE device = ? AND metric = ?')
    this.#add = database.prepare('INSERT INTO series (device, metric) VALUES (?, ?) RETURNING id')
    // Late data never takes the place of newer data.
    this.#upsertLatest = bulkInsert(
      database,
      'latest (series, at, value, text)',
      `ON CONFLICT DO UPDATE SET at = excluded.at, value = excluded.value, text = excluded.text
       WHERE excluded.at >= latest.at`,
      ({ series, at, value, text }) => [series, at, value, text],
    )
  }

  /** The measurements with their series' numbers; new numbers are on the disk when it returns. */
  rows(batch: readonly Measurement[]): readonly Row[] {
    if (this.#kept > KEPT) this.#forget()
    const fresh = batch.filter(({ device, metric }) => this.#known(device, metric) === undefined)
    if (fresh.length > 0) this.#number(fresh)
    return batch.map(({ device, metric, at, value, text }) => ({
      series: this.#ids.get(device)!.get(metric)!,
      at,
      value: value ?? null,
      text: text ?? null,
    }))
  }

  noteLatest(rows: readonly Row[]): void {
    inTransaction(this.#database, () => this.#upsertLatest(rows))
  }

  #known(device: string, metric: string): number | undefined {
    return this.#ids.get(device)?.get(metric)
  }

  #number(fresh: readonly Measurement[]): void {
    for (const { device, metric } of fresh) {
      const row = this.#find.get(device, metric)
      if (row !== undefined) this.#keep(device, metric, row['id'] as number)
    }
    const unknown = fresh.filter(({ device, metric }) => this.#known(device, metric) === undefined)
    if (unknown.length > 0) this.#addAll(unknown)
  }

  /**
   * Synced whatever `sync` says: were a number lost with the power and its rows not, it would be given to another
   * series, and the rows with it.
   */
  #addAll(unknown: readonly Measurement[]): void {
    const added: [device: string, metric: string, id: number][] = []
    this.#database.exec('PRAGMA synchronous = FULL')
    try {
      const here = new Map<string, Set<string>>()
      inTransaction(this.#database, () => {
        for (const { device, metric } of unknown) {
          const metrics = here.get(device) ?? new Set()
          if (metrics.has(metric)) continue
          here.set(device, metrics.add(metric))
          added.push([device, metric, this.#add.get(device, metric)!['id'] as number])
        }
      })
    } finally {
      this.#database.exec(`PRAGMA synchronous = ${this.#sync}`)
    }
    for (const [device, metric, id] of added) this.#keep(device, metric, id)
  }

  #keep(device: string, metric: string, id: number): void {
    let metrics = this.#ids.get(device)
    if (metrics === undefined) this.#ids.set(device, (metrics = new Map()))
    if (!metrics.has(metric)) this.#kept++
    metrics.set(metric, id)
  }

  #forget(): void {
    this.#ids = new Map()
    this.#kept = 0
  }
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
