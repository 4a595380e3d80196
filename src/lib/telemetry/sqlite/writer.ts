import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PRIVATE_FOLDER } from '../../base/files.ts'
import { DAY, dayOf } from '../day.ts'
import type { Measurements } from '../measurements.ts'
import { RowRefusedError } from '../store.ts'
import type { Row } from './bulk-insert.ts'
import { setAside } from './damaged.ts'
import { createDatabase, markOf, openForWriting, removeDatabase, requireMark, type Sync } from './database.ts'
import { dayFile } from './day.ts'
import { DAY_SCHEMA, samplesWriter } from './day-samples.ts'
import { isDamage, storeFailure } from './failure.ts'
import { storedDays } from './reader.ts'
import { newMark, SERIES_FILE, SERIES_SCHEMA } from './series-index.ts'
import { SeriesWriter } from './series-writer.ts'

/** Rows of one transaction: few milliseconds, so that the sockets of this process are read in between. */
const ROWS = 5000

/** Late data may belong to any day of the retention; so many stay open. */
const OPEN_DAYS = 4

export interface WriterOptions {
  readonly folder: string
  readonly sync: Sync
  /** A damaged day is under this name now. */
  readonly onSetAside?: ((file: string) => void) | undefined
}

interface OpenSeries {
  readonly database: DatabaseSync
  readonly writer: SeriesWriter
  readonly mark: number
}

interface OpenDay {
  readonly database: DatabaseSync
  readonly insert: (rows: readonly Row[]) => void
}

/**
 * The one process that writes. The order is what makes a death at any moment harmless: the dictionary, then the rows
 * that use its numbers, then what is newest; each step may be done again.
 */
export class StoreWriter implements Disposable {
  readonly #options: WriterOptions
  readonly #days = new Map<number, OpenDay>()
  #series: OpenSeries | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Makes the folder and the dictionary, so that what is wrong with them is said at the start. */
  open(): Promise<void> {
    return this.#inTurn(async () => void (await this.#openSeries()))
  }

  write(batch: Measurements): Promise<void> {
    return this.#inTurn(async () => {
      const rows = await this.#number(batch)
      for (const [day, own] of byDay(rows)) await this.#writeDay(day, bySeries(own))
      await this.#writeLatest(newestOf(rows))
    })
  }

  expire(before: number): Promise<number> {
    return this.#inTurn(async () => {
      const over = storedDays(this.#options.folder).filter((day) => (day + 1) * DAY <= before)
      for (const day of over) {
        this.#closeDay(day)
        const file = dayFile(this.#options.folder, day)
        this.#at(path.basename(file), () => removeDatabase(file))
      }
      return over.length
    })
  }

  async close(): Promise<void> {
    await this.#turn
    this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    for (const day of this.#days.keys()) this.#closeDay(day)
    this.#series?.database.close()
    this.#series = undefined
  }

  async #number(batch: Measurements): Promise<readonly Row[]> {
    const { writer } = await this.#openSeries()
    const rows: Row[] = []
    for (let start = 0; start < batch.length; start += ROWS) {
      rows.push(
        ...this.#at(SERIES_FILE, () => writer.rows(batch, start, Math.min(start + ROWS, batch.length))),
      )
      await nextTurn()
    }
    return rows
  }

  /** A day that turns out to be damaged is set aside, and begun anew with these rows: what comes is never held up by it. */
  async #writeDay(day: number, rows: readonly Row[]): Promise<void> {
    try {
      await this.#insert(day, rows)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#closeDay(day)
      this.#options.onSetAside?.(setAside(dayFile(this.#options.folder, day), Date.now()))
      await this.#insert(day, rows)
    }
  }

  async #insert(day: number, rows: readonly Row[]): Promise<void> {
    const { insert } = await this.#openDay(day)
    for (const chunk of chunks(rows)) {
      this.#at(path.basename(dayFile(this.#options.folder, day)), () => insert(chunk))
      await nextTurn()
    }
  }

  async #writeLatest(rows: readonly Row[]): Promise<void> {
    const { writer } = await this.#openSeries()
    for (const chunk of chunks(rows)) {
      this.#at(SERIES_FILE, () => writer.noteLatest(chunk))
      await nextTurn()
    }
  }

  async #openSeries(): Promise<OpenSeries> {
    if (this.#series !== undefined) return this.#series
    const file = path.join(this.#options.folder, SERIES_FILE)
    try {
      mkdirSync(this.#options.folder, { recursive: true, mode: PRIVATE_FOLDER })
      if (!existsSync(file)) await createDatabase(file, SERIES_SCHEMA, newMark())
      const database = openForWriting(file, this.#options.sync)
      const writer = new SeriesWriter(database, this.#options.sync)
      return (this.#series = { database, writer, mark: markOf(database) })
    } catch (error) {
      throw storeFailure(error, file)
    }
  }

  async #openDay(day: number): Promise<OpenDay> {
    const known = this.#days.get(day)
    if (known !== undefined) {
      this.#days.delete(day) // put back at the end: the first is the one not used for longest
      this.#days.set(day, known)
      return known
    }
    const { mark } = await this.#openSeries()
    const file = dayFile(this.#options.folder, day)
    try {
      if (!existsSync(file)) await createDatabase(file, DAY_SCHEMA, mark)
      const database = openForWriting(file, this.#options.sync)
      const opened = { database, insert: samplesWriter(database) }
      this.#days.set(day, opened)
      requireMark(database, mark, file)
      if (this.#days.size > OPEN_DAYS) this.#closeDay(this.#days.keys().next().value!)
      return opened
    } catch (error) {
      throw storeFailure(error, file)
    }
  }

  #closeDay(day: number): void {
    this.#days.get(day)?.database.close()
    this.#days.delete(day)
  }

  #at<T>(file: string, step: () => T): T {
    try {
      return step()
    } catch (error) {
      throw storeFailure(error, path.join(this.#options.folder, file))
    }
  }

  /** One after the other. After a failure everything is opened anew: the files may have been replaced by then. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step).catch((error: unknown) => {
      if (!(error instanceof RowRefusedError)) this[Symbol.dispose]()
      throw error
    })
    this.#turn = turn.catch(() => {})
    return turn
  }
}

function byDay(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  return Map.groupBy(rows, ({ at }) => dayOf(at))
}

/** Rows of a series side by side, each in its order, so that a batch touches every page once. */
function bySeries(rows: readonly Row[]): readonly Row[] {
  const groups = Map.groupBy(rows, ({ series }) => series)
  const order = Float64Array.from(groups.keys()).sort()
  return Array.from(order, (series) => groups.get(series)!).flat()
}

/** The newest row of each series; of two with the same time the later one. */
function newestOf(rows: readonly Row[]): readonly Row[] {
  const newest = new Map<number, Row>()
  for (const row of rows) {
    const before = newest.get(row.series)
    if (before === undefined || row.at >= before.at) newest.set(row.series, row)
  }
  return [...newest.values()]
}

function* chunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS) yield rows.slice(start, start + ROWS)
}
