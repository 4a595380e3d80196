import type { Measurement } from '../measurement.ts'
import { DAY, dayOf } from '../sqlite/day.ts'
import { RowRefusedError } from '../store.ts'
import { LineBuffer } from './line-buffer.ts'
import { isNameable } from './literal.ts'
import type { TableNames } from './names.ts'

/** What lines of a series begin with, escaped once, and the day it was last entered in the series table. */
export interface KnownSeries {
  /** Table and symbols, and a space. */
  readonly prefix: Uint8Array
  /** The same, and what is before a number. */
  readonly number: Uint8Array
  readonly entry: Uint8Array
  /** Of its device, counted from 0: rows of a device keep their order when they go the same way. */
  readonly turn: number
  readonly metric: string
  /** Its beginning, in microseconds. */
  day: number
  /** What came behind it, the last time. */
  next: KnownSeries | undefined
}

interface KnownDevice {
  readonly name: string
  readonly turn: number
  readonly metrics: Map<string, KnownSeries>
  /** What a message began with, the last time. */
  first: KnownSeries | undefined
}

/** Series that are kept; with more the prefixes are built again now and then. */
const KEPT = 1_000_000

/** A field of eight bytes in the binary form of version 2: a second `=`, then the type. */
const NUMBER = 'value=='
const DOUBLE = 16

/** Lines of one request, and which row of the batch each is. */
export interface Lines {
  /** Valid until its buffer is used again. */
  readonly bytes: Uint8Array
  /** Line n (0-based) is row `rows[n]`. */
  readonly rows: readonly number[]
}

/**
 * QuestDB's line protocol, version 2: numbers as they are in memory, which neither side has to print or to read;
 * moments in microseconds. A fleet has few series and many rows: what is before the value is built once a series.
 */
export class LineEncoder {
  readonly #tables: TableNames
  #devices = new Map<string, KnownDevice>()
  #kept = 0

  constructor(tables: TableNames) {
    this.#tables = tables
  }

  /**
   * The series of each row. The values of a message stand side by side, so its device is looked up once.
   * @throws RowRefusedError for a name that no statement could ask for
   */
  seriesOf(batch: readonly Measurement[]): readonly KnownSeries[] {
    if (this.#kept > KEPT) this.forget()
    const found = Array.from<KnownSeries>({ length: batch.length })
    let here: KnownDevice | undefined
    let before: KnownSeries | undefined
    for (let row = 0; row < batch.length; row++) {
      const { device, metric } = batch[row]!
      if (here?.name !== device) [here, before] = [this.#device(device), undefined]
      // A device says the same in the same order every time: what followed is tried before it is looked up.
      let series = before === undefined ? here.first : before.next
      if (series?.metric !== metric) {
        series = here.metrics.get(metric) ?? this.#add(here, metric, row)
        if (before === undefined) here.first = series
        else before.next = series
      }
      before = found[row] = series
    }
    return found
  }

  /** The lines of these rows of a batch, in their order, in that buffer. */
  measurements(
    batch: readonly Measurement[],
    series: readonly KnownSeries[],
    rows: readonly number[],
    into: LineBuffer,
  ): Lines {
    into.clear()
    for (const row of rows) {
      const { value, text, at } = batch[row]!
      if (value === undefined) into.bytes(series[row]!.prefix)
      else {
        into.bytes(series[row]!.number)
        into.double(value)
      }
      if (text !== undefined) into.text(`${value === undefined ? '' : ','}text="${escapeText(text)}"`)
      into.endLine(at)
    }
    return { bytes: into.written, rows }
  }

  /** Lines that enter series in the series table which are not known to be there for the day of their row. */
  entries(batch: readonly Measurement[], series: readonly KnownSeries[]): Lines {
    const lines = new LineBuffer()
    const rows: number[] = []
    const here = new Map<KnownSeries, Set<number>>()
    for (let row = 0; row < series.length; row++) {
      const one = series[row]!
      const { at } = batch[row]!
      if (at >= one.day && at < one.day + DAY) continue
      const day = dayOf(at) * DAY
      const days = here.get(one) ?? new Set()
      if (days.has(day)) continue
      here.set(one, days.add(day))
      lines.bytes(one.entry)
      lines.endLine(day)
      rows.push(row)
    }
    return { bytes: lines.written, rows }
  }

  /** These entries are stored. */
  noteEntered(batch: readonly Measurement[], series: readonly KnownSeries[], { rows }: Lines): void {
    for (const row of rows) series[row]!.day = dayOf(batch[row]!.at) * DAY
  }

  /** The tables may have been made anew: every series is entered again. */
  forget(): void {
    this.#devices = new Map()
    this.#kept = 0
  }

  #device(name: string): KnownDevice {
    const known = this.#devices.get(name)
    if (known !== undefined) return known
    const fresh: KnownDevice = { name, turn: this.#devices.size, metrics: new Map(), first: undefined }
    this.#devices.set(name, fresh)
    return fresh
  }

  #add({ name, turn, metrics }: KnownDevice, metric: string, row: number): KnownSeries {
    if (!isNameable(name) || !isNameable(metric))
      throw RowRefusedError.one(row, 'A name with the character NUL cannot be stored in QuestDB.')
    const symbols = `,device=${escapeSymbol(name)},metric=${escapeSymbol(metric)}`
    const { measurements, series } = this.#tables
    const number = Buffer.from(`${measurements}${symbols} ${NUMBER}\0`)
    number[number.length - 1] = DOUBLE
    const prefix = number.subarray(0, number.length - NUMBER.length - 1)
    const entry = Buffer.from(series + symbols)
    const fresh = { prefix, number, entry, turn, metric, day: Number.NaN, next: undefined }
    metrics.set(metric, fresh)
    this.#kept++
    return fresh
  }
}

function escapeSymbol(text: string): string {
  return text.replaceAll(/[\\ ,=\n\r]/g, '\\$&')
}

function escapeText(text: string): string {
  return text.replaceAll(/[\\"\n]/g, '\\$&')
}
