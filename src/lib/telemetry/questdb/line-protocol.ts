import { DAY, dayOf } from '../day.ts'
import type { Measurements } from '../measurements.ts'
import { SeriesMap } from '../series-map.ts'
import type { SeriesName } from '../series-name.ts'
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
  /** Its beginning, in microseconds. */
  day: number
}

/** Series that are kept; with more the prefixes are built again now and then. */
const KEPT = 1_000_000

/** A field of eight bytes in the binary form of version 2: a second `=`, then the type. */
const NUMBER = 'value=='
const DOUBLE = 16

/** Lines, and which row of the batch each is of. */
interface Entries {
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
  readonly #known = new SeriesMap<KnownSeries>()
  /** Of one batch at a time, as long as it is on its way. */
  #entries = new LineBuffer()

  constructor(tables: TableNames) {
    this.#tables = tables
  }

  /**
   * What is known of the series of each row.
   * @throws RowRefusedError for names that no statement could ask for
   */
  seriesOf(batch: Measurements): readonly KnownSeries[] {
    if (this.#known.size > KEPT) this.forget()
    const found = Array<KnownSeries>(batch.length)
    const refused = new Map<number, string>()
    for (let row = 0; row < batch.length; row++) {
      const name = batch.series(row)
      const known = this.#known.get(name) ?? this.#add(name)
      if (known === undefined) refused.set(row, 'A name with the character NUL cannot be stored in QuestDB.')
      else found[row] = known
    }
    if (refused.size > 0) throw new RowRefusedError(refused)
    return found
  }

  /** The lines of rows [from, to) of a batch, in that buffer. */
  measurements(
    batch: Measurements,
    series: readonly KnownSeries[],
    { from, to }: { readonly from: number; readonly to: number },
    into: LineBuffer,
  ): Uint8Array {
    into.clear()
    for (let row = from; row < to; row++) {
      const known = series[row]!
      const value = batch.value(row)
      const text = batch.text(row)
      const isNumber = !Number.isNaN(value)
      if (isNumber) into.double(known.number, value)
      else into.bytes(known.prefix)
      if (text !== undefined) into.text(`${isNumber ? ',' : ''}text="${escapeText(text)}"`)
      into.endLine(batch.at(row))
    }
    return into.written
  }

  /** Lines that enter series in the series table which are not known to be there for the day of their row. */
  entries(batch: Measurements, series: readonly KnownSeries[]): Entries {
    const lines = this.#entries
    lines.clear()
    const rows: number[] = []
    const here = new Map<KnownSeries, Set<number>>()
    for (let row = 0; row < series.length; row++) {
      const one = series[row]!
      const at = batch.at(row)
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
  noteEntered(batch: Measurements, series: readonly KnownSeries[], { rows }: Pick<Entries, 'rows'>): void {
    for (const row of rows) series[row]!.day = dayOf(batch.at(row)) * DAY
  }

  /** The tables may have been made anew: every series is entered again. */
  forget(): void {
    this.#entries = new LineBuffer() // a failed request may still hold the last
    this.#known.clear()
  }

  /** undefined: it cannot be asked for. */
  #add(name: SeriesName): KnownSeries | undefined {
    const { device, metric } = name
    if (!isNameable(device) || !isNameable(metric)) return undefined
    const symbols = `,device=${escapeSymbol(device)},metric=${escapeSymbol(metric)}`
    const { measurements, series } = this.#tables
    const number = Buffer.from(`${measurements}${symbols} ${NUMBER}\0`)
    number[number.length - 1] = DOUBLE
    const prefix = number.subarray(0, number.length - NUMBER.length - 1)
    const entry = Buffer.from(series + symbols)
    const fresh = { prefix, number, entry, day: Number.NaN }
    this.#known.set(name, fresh)
    return fresh
  }
}

function escapeSymbol(text: string): string {
  return text.replaceAll(/[\\ ,=\n\r]/g, '\\$&')
}

function escapeText(text: string): string {
  return text.replaceAll(/[\\"\n]/g, '\\$&')
}
