import { UnreachableError } from '../../base/errors.ts'
import { printable } from '../../base/printable.ts'
import type { Measurements } from '../measurements.ts'
import { RowRefusedError } from '../store.ts'
import { LineBuffer } from './line-buffer.ts'
import { type KnownSeries, LineEncoder, type Lines } from './line-protocol.ts'
import { requireVersion2 } from './line-version.ts'
import type { TableNames } from './names.ts'
import { ensureSchema } from './schema.ts'
import type { QuestdbServer } from './server.ts'
import { identities, progress } from './visibility.ts'

/** Rows of one request. From 5 000 to 25 000 the server is at its best. */
const ROWS = 12_500
/** Requests of a batch at a time: one is encoded here while the server works on another. */
const LANES = 2
/** A suspended table takes rows all the same, a dropped one too: it is looked for once in so many milliseconds. */
const WATCH = 1000

interface LaneRows {
  readonly batch: Measurements
  readonly series: readonly KnownSeries[]
  readonly rows: readonly number[]
}

/**
 * The one process that writes. Series are entered for the day before their rows are sent, so that no row is stored
 * that `latest` would not look for; each step may be done again, because the server keeps one row a key.
 */
export class QuestdbWriter {
  readonly #server: QuestdbServer
  readonly #names: TableNames
  readonly #retention: number
  readonly #encoder: LineEncoder
  /** Of each lane: what is on its way must not be written over. */
  #buffers: readonly LineBuffer[] = []
  #ready = false
  #watched = -Infinity
  /** The tables that were checked. */
  #tables = ''

  constructor(server: QuestdbServer, names: TableNames, retention: number) {
    this.#server = server
    this.#names = names
    this.#retention = retention
    this.#encoder = new LineEncoder(names)
  }

  /**
   * Makes and checks the tables. A server that is away is no reason not to start: the first write does it then.
   * @throws UsageError `STORE_SCHEMA` · RefusedError `STORE_REFUSED`
   */
  async open(): Promise<void> {
    try {
      await this.#prepare()
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error
    }
  }

  async write(batch: Measurements): Promise<void> {
    const series = this.#encoder.seriesOf(batch)
    try {
      await this.#prepare()
      await this.#watch()
      const entries = this.#encoder.entries(batch, series)
      await this.#send(entries)
      this.#encoder.noteEntered(batch, series, entries)
      await allDone(lanesOf(series).map((rows, lane) => this.#sendRows({ batch, series, rows }, lane)))
    } catch (error) {
      if (!(error instanceof RowRefusedError)) this.#forget()
      throw error
    }
  }

  /** Once, and again after every failure: the server may come back with other tables, or with none. */
  async #prepare(): Promise<void> {
    if (this.#ready) return
    await requireVersion2(this.#server)
    await ensureSchema(this.#server, this.#names, this.#retention)
    this.#tables = await identities(this.#server, this.#written)
    this.#buffers = Array.from({ length: LANES }, () => new LineBuffer()) // a failed request may still hold the last
    this.#ready = true
  }

  #forget(): void {
    this.#ready = false
    this.#watched = -Infinity
    this.#encoder.forget()
    this.#server.reconnect()
  }

  get #written(): readonly string[] {
    return [this.#names.measurements, this.#names.series]
  }

  async #watch(): Promise<void> {
    const now = performance.now()
    if (now - this.#watched < WATCH) return
    await progress(this.#server, this.#written)
    if ((await identities(this.#server, this.#written)) !== this.#tables) throw dropped(this.#server.address)
    this.#watched = now
  }

  /** One request after the other, so that of two rows with one key the later wins. */
  async #sendRows({ batch, series, rows }: LaneRows, lane: number): Promise<void> {
    const buffer = this.#buffers[lane]!
    for (let start = 0; start < rows.length; start += ROWS)
      await this.#send(this.#encoder.measurements(batch, series, rows.slice(start, start + ROWS), buffer))
  }

  /**
   * A missing table or column is told as a bad row too, and would make a dead letter of everything: a row is given up
   * only when it is refused by tables that were just checked.
   */
  async #send({ bytes, rows }: Lines): Promise<void> {
    if (rows.length === 0 || (await this.#server.write(bytes)) === undefined) return
    await ensureSchema(this.#server, this.#names, this.#retention)
    const refused = await this.#server.write(bytes)
    if (refused === undefined) throw dropped(this.#server.address)
    const row = rows[refused.line]
    if (row === undefined) throw new Error(`QuestDB refused a line that was not sent: ${refused.message}`)
    throw RowRefusedError.one(row, printable(reasonOf(refused.message)))
  }
}

/** What this process knows of the tables, the entered series before all, is about those that are gone. */
function dropped(server: string): Error {
  return new UnreachableError('STORE_DROPPED', `QuestDB at ${server} has lost tables; they are made anew.`, {
    layer: 'store',
    hint: 'Somebody dropped them: what they held, and what came in that second, is gone.',
  })
}

/** Rows of a device stay in one lane and in their order. */
function lanesOf(series: readonly KnownSeries[]): readonly (readonly number[])[] {
  if (series.length <= ROWS) return [Array.from(series.keys())]
  const lanes = Array.from({ length: LANES }, (): number[] => [])
  for (let row = 0; row < series.length; row++) lanes[series[row]!.turn % LANES]!.push(row)
  return lanes
}

/** Nothing is on its way any more when it throws: it could overtake what is written next. */
async function allDone(steps: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(steps)
  await Promise.all(steps)
}

/** Without the words around it: `errors encountered on line(s): error in line 2: …` */
function reasonOf(message: string): string {
  return message.replace(/^[\s\S]*?error in line \d+: /, '')
}
