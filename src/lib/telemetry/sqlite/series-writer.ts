import type { DatabaseSync } from 'node:sqlite'
import type { Measurement } from '../measurement.ts'
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
