import { UnreachableError } from '../../base/errors.ts'
import { printable } from '../../base/printable.ts'
import type { Measurements } from '../measurements.ts'
import { RowRefusedError } from '../store.ts'
import { LineBuffer } from './line-buffer.ts'
import { type KnownSeries, LineEncoder } from './line-protocol.ts'
import { requireVersion2 } from './line-version.ts'
import type { TableNames } from './names.ts'
import { ensureSchema } from './schema.ts'
import type { QuestdbServer } from './server.ts'
import { sumsRefresh } from './tables.ts'
import { identities, progress } from './visibility.ts'

/**
 * Rows of one request: all of a usual batch. Each is a commit, and the server puts those that overlap in time together
 * again: a batch in two requests costs it a fifth more than in one.
 */
const ROWS = 50_000
/** A suspended table takes rows all the same, a dropped one too: it is looked for once in so many milliseconds. */
const WATCH = 1000
/**
 * The server's own timer refreshes the sums as often, but not of a view that was made without one, until it is started
 * anew (questdb/questdb#7572).
 */
const SUM_UP = 60_000

/**
 * The one process that writes. Series are entered for the day before their rows are sent, so that no row is stored
 * that `latest` would not look for; each step may be done again, because the server keeps one row a key.
 */
export class QuestdbWriter {
  readonly #server: QuestdbServer
  readonly #names: TableNames
  readonly #retention: number
  readonly #encoder: LineEncoder
  #buffer = new LineBuffer()
  #turn: Promise<unknown> = Promise.resolve()
  #ready = false
  #watched = -Infinity
  #summedUp = performance.now()
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

  /** One batch after the other: what is on its way must not be written over. */
  write(batch: Measurements): Promise<void> {
    const written = this.#turn.then(() => this.#write(batch))
    this.#turn = written.catch(() => {})
    return written
  }

  async #write(batch: Measurements): Promise<void> {
    const series = this.#encoder.seriesOf(batch)
    try {
      await this.#prepare()
      await this.#watch()
      const entries = this.#encoder.entries(batch, series)
      await this.#send(entries.bytes, (line) => entries.rows[line])
      this.#encoder.noteEntered(batch, series, entries)
      await this.#sendRows(batch, series)
      this.#sumUp()
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
    this.#buffer = new LineBuffer() // a failed request may still hold the last
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

  /** Nothing depends on it: whoever asks for sums has the server do it, or reads the rows. */
  #sumUp(): void {
    const now = performance.now()
    if (now - this.#summedUp < SUM_UP) return
    this.#summedUp = now
    void this.#server.query(sumsRefresh(this.#names)).catch(() => {})
  }

  /** One request after the other, so that of two rows with one key the later wins. */
  async #sendRows(batch: Measurements, series: readonly KnownSeries[]): Promise<void> {
    for (let from = 0; from < batch.length; from += ROWS) {
      const to = Math.min(from + ROWS, batch.length)
      const bytes = this.#encoder.measurements(batch, series, { from, to }, this.#buffer)
      await this.#send(bytes, (line) => from + line)
    }
  }

  /**
   * A missing table or column is told as a bad row too, and would make a dead letter of everything: a row is given up
   * only when it is refused by tables that were just checked.
   */
  async #send(lines: Uint8Array, rowOf: (line: number) => number | undefined): Promise<void> {
    if (lines.length === 0 || (await this.#server.write(lines)) === undefined) return
    await ensureSchema(this.#server, this.#names, this.#retention)
    const refused = await this.#server.write(lines)
    if (refused === undefined) throw dropped(this.#server.address)
    const row = rowOf(refused.line)
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

/** Without the words around it: `errors encountered on line(s): error in line 2: …` */
function reasonOf(message: string): string {
  return message.replace(/^[\s\S]*?error in line \d+: /, '')
}
