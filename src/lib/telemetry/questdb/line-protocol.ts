import type { Measurement } from '../measurement.ts'
import { DAY, dayOf } from '../sqlite/day.ts'
import { LineBuffer } from './line-buffer.ts'
import type { TableNames } from './names.ts'

/** What a series' lines begin with, escaped once, and the day it was last entered in the series table. */
interface KnownSeries {
  /** Table and symbols, and a space. */
  readonly prefix: Uint8Array
  /** The same, and what is before a number. */
  readonly number: Uint8Array
  readonly entry: Uint8Array
  day: number
}

/** The device that was looked up last. */
interface LastDevice {
  readonly device: string | undefined
  readonly metrics: Map<string, KnownSeries>
}
const NOBODY: LastDevice = { device: undefined, metrics: new Map() }

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
  #devices = new Map<string, Map<string, KnownSeries>>()
  #last: LastDevice = NOBODY
  #kept = 0

  constructor(tables: TableNames) {
    this.#tables = tables
  }

  /** The lines of these rows of a batch, in their order, in that buffer. */
  measurements(batch: readonly Measurement[], rows: readonly number[], into: LineBuffer): Lines {
    into.clear()
    for (const row of rows) {
      const { device, metric, value, text, at } = batch[row]!
      const known = this.#series(device, metric)
      if (value === undefined) into.bytes(known.prefix)
      else {
        into.bytes(known.number)
        into.double(value)
      }
      if (text !== undefined) into.text(`${value === undefined ? '' : ','}text="${escapeText(text)}"`)
      into.endLine(at)
    }
    return { bytes: into.written, rows }
  }

  /** Lines that enter series in the series table which are not known to be there for the day of their row. */
  entries(batch: readonly Measurement[]): Lines {
    if (this.#kept > KEPT) this.forget()
    const lines = new LineBuffer()
    const rows: number[] = []
    const here = new Map<KnownSeries, Set<number>>()
    batch.forEach(({ device, metric, at }, row) => {
      const series = this.#series(device, metric)
      const own = dayOf(at)
      if (own === series.day) return
      const days = here.get(series) ?? new Set()
      if (days.has(own)) return
      here.set(series, days.add(own))
      lines.bytes(series.entry)
      lines.endLine(own * DAY)
      rows.push(row)
    })
    return { bytes: lines.written, rows }
  }

  /** These entries are stored. */
  noteEntered(batch: readonly Measurement[], { rows }: Lines): void {
    for (const row of rows) {
      const { device, metric, at } = batch[row]!
      this.#series(device, metric).day = dayOf(at)
    }
  }

  /** The tables may have been made anew: every series is entered again. */
  forget(): void {
    this.#devices = new Map()
    this.#last = NOBODY
    this.#kept = 0
  }

  #series(device: string, metric: string): KnownSeries {
    const metrics = this.#metricsOf(device)
    const known = metrics.get(metric)
    if (known !== undefined) return known
    const symbols = `,device=${escapeSymbol(device)},metric=${escapeSymbol(metric)}`
    const { measurements, series } = this.#tables
    const number = Buffer.from(`${measurements}${symbols} ${NUMBER}\0`)
    number[number.length - 1] = DOUBLE
    const prefix = number.subarray(0, number.length - NUMBER.length - 1)
    const fresh: KnownSeries = { prefix, number, entry: Buffer.from(series + symbols), day: Number.NaN }
    metrics.set(metric, fresh)
    this.#kept++
    return fresh
  }

  /** The values of a message stand side by side: its device is looked up once. */
  #metricsOf(device: string): Map<string, KnownSeries> {
    if (device === this.#last.device) return this.#last.metrics
    let metrics = this.#devices.get(device)
    if (metrics === undefined) this.#devices.set(device, (metrics = new Map()))
    this.#last = { device, metrics }
    return metrics
  }
}

function escapeSymbol(text: string): string {
  return text.replaceAll(/[\\ ,=\n\r]/g, '\\$&')
}

function escapeText(text: string): string {
  return text.replaceAll(/[\\"\n]/g, '\\$&')
}
