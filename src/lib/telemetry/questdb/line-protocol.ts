import type { Measurement } from '../measurement.ts'
import { DAY, dayOf } from '../sqlite/day.ts'
import type { TableNames } from './names.ts'

/** What a series' lines begin with, escaped once, and the day it was last entered in the series table. */
interface KnownSeries {
  readonly prefix: string
  readonly entry: string
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

/** Lines of one request, and which row of the batch each is. */
export interface Lines {
  readonly text: string
  /** Line n (0-based) is row `rows[n]`. */
  readonly rows: readonly number[]
}

/**
 * InfluxDB line protocol, with moments in microseconds. A fleet has few series and many rows: what is before the
 * value is built once a series.
 */
export class LineEncoder {
  readonly #tables: TableNames
  #devices = new Map<string, Map<string, KnownSeries>>()
  #last: LastDevice = NOBODY
  #kept = 0

  constructor(tables: TableNames) {
    this.#tables = tables
  }

  /** The lines of these rows of a batch, in their order. */
  measurements(batch: readonly Measurement[], rows: readonly number[]): Lines {
    let text = ''
    for (const row of rows) {
      const { device, metric, value, text: words, at } = batch[row]!
      const { prefix } = this.#series(device, metric)
      if (words === undefined) text += `${prefix} value=${value} ${at}\n`
      else if (value === undefined) text += `${prefix} text="${escapeText(words)}" ${at}\n`
      else text += `${prefix} value=${value},text="${escapeText(words)}" ${at}\n`
    }
    return { text, rows }
  }

  /** Lines that enter series in the series table which are not known to be there for the day of their row. */
  entries(batch: readonly Measurement[]): Lines {
    if (this.#kept > KEPT) this.forget()
    let text = ''
    const rows: number[] = []
    const here = new Set<string>()
    batch.forEach(({ device, metric, at }, row) => {
      const { entry, day } = this.#series(device, metric)
      const own = dayOf(at)
      if (own === day) return
      const line = `${entry} ${own * DAY}\n`
      if (here.has(line)) return
      here.add(line)
      text += line
      rows.push(row)
    })
    return { text, rows }
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
    const fresh: KnownSeries = {
      prefix: measurements + symbols,
      entry: `${series}${symbols}`,
      day: Number.NaN,
    }
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
