import type { DatabaseSync } from 'node:sqlite'
import type { Measurements } from '../measurements.ts'
import { SeriesMap } from '../series-map.ts'
import type { SeriesName } from '../series-name.ts'
import { bulkInsert, type Row } from './bulk-insert.ts'
import { inTransaction, type Sync } from './database.ts'

/** Numbers that are kept in memory; with more series they are read again now and then. */
const KEPT = 1_000_000

/** The writing side: gives out numbers, and keeps the newest row of each series. */
export class SeriesWriter {
  readonly #database: DatabaseSync
  readonly #sync: Sync
  readonly #find
  readonly #add
  readonly #upsertLatest
  readonly #ids = new SeriesMap<number>()

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

  /** Measurements [from, to) with their series' numbers; new numbers are on the disk when it returns. */
  rows(batch: Measurements, from: number, to: number): readonly Row[] {
    if (this.#ids.size > KEPT) this.#ids.clear()
    const fresh = new Set<SeriesName>()
    for (let row = from; row < to; row++) {
      const series = batch.series(row)
      if (this.#ids.get(series) === undefined) fresh.add(series)
    }
    if (fresh.size > 0) this.#number([...fresh])
    const rows: Row[] = []
    for (let row = from; row < to; row++) {
      const value = batch.value(row)
      rows.push({
        series: this.#ids.get(batch.series(row))!,
        at: batch.at(row),
        value: Number.isNaN(value) ? null : value,
        text: batch.text(row) ?? null,
      })
    }
    return rows
  }

  noteLatest(rows: readonly Row[]): void {
    inTransaction(this.#database, () => this.#upsertLatest(rows))
  }

  #number(fresh: readonly SeriesName[]): void {
    const unknown: SeriesName[] = []
    for (const series of fresh) {
      const row = this.#find.get(series.device, series.metric)
      if (row === undefined) unknown.push(series)
      else this.#ids.set(series, row['id'] as number)
    }
    if (unknown.length > 0) this.#addAll(unknown)
  }

  /**
   * Synced whatever `sync` says: were a number lost with the power and its rows not, it would be given to another
   * series, and the rows with it.
   */
  #addAll(unknown: readonly SeriesName[]): void {
    const added: [series: SeriesName, id: number][] = []
    this.#database.exec('PRAGMA synchronous = FULL')
    try {
      inTransaction(this.#database, () => {
        for (const series of unknown) {
          const { device, metric } = series
          // Names that were forgotten within a batch are there twice.
          const row = this.#find.get(device, metric) ?? this.#add.get(device, metric)!
          added.push([series, row['id'] as number])
        }
      })
    } finally {
      this.#database.exec(`PRAGMA synchronous = ${this.#sync}`)
    }
    for (const [series, id] of added) this.#ids.set(series, id)
  }
}
