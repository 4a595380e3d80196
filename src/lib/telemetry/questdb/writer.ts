import { UnreachableError } from '../../base/errors.ts'
import { printable } from '../../base/printable.ts'
import type { Measurement } from '../measurement.ts'
import { checkRows } from '../storable-rows.ts'
import { RowRefusedError } from '../store.ts'
import { LineEncoder, type Lines } from './line-protocol.ts'
import { isNameable } from './literal.ts'
import type { TableNames } from './names.ts'
import { ensureSchema } from './schema.ts'
import type { QuestdbServer } from './server.ts'
import { progress } from './visibility.ts'

/** Rows of one request. From 5 000 to 25 000 the server is at its best. */
const ROWS = 12_500
/** Requests of a batch at a time: one is encoded here while the server works on another. */
const LANES = 2
/** A suspended table takes rows all the same: it is looked for once in so many milliseconds. */
const WATCH = 1000

/**
 * The one process that writes. Series are entered for the day before their rows are sent, so that no row is stored
 * that `latest` would not look for; each step may be done again, because the server keeps one row a key.
 */
export class QuestdbWriter {
  readonly #server: QuestdbServer
  readonly #names: TableNames
  readonly #retention: number
  readonly #encoder: LineEncoder
  #ready = false
  #watched = -Infinity

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

  async write(batch: readonly Measurement[]): Promise<void> {
    checkRows(batch)
    checkNames(batch)
    try {
      await this.#prepare()
      await this.#watch()
      const entries = this.#encoder.entries(batch)
      await this.#send(entries)
      this.#encoder.noteEntered(batch, entries)
      await allDone(lanesOf(batch).map((rows) => this.#sendRows(batch, rows)))
    } catch (error) {
      if (!(error instanceof RowRefusedError)) this.#forget()
      throw error
    }
  }

  /** Once, and again after every failure: the server may come back with other tables, or with none. */
  async #prepare(): Promise<void> {
    if (this.#ready) return
    await ensureSchema(this.#server, this.#names, this.#retention)
    this.#ready = true
  }

  #forget(): void {
    this.#ready = false
    this.#watched = -Infinity
    this.#encoder.forget()
  }

  async #watch(): Promise<void> {
    const now = performance.now()
    if (now - this.#watched < WATCH) return
    const { measurements, series } = this.#names
    await progress(this.#server, [measurements, series])
    this.#watched = now
  }

  /** One request after the other, so that of two rows with one key the later wins. */
  async #sendRows(batch: readonly Measurement[], rows: readonly number[]): Promise<void> {
    for (let start = 0; start < rows.length; start += ROWS)
      await this.#send(this.#encoder.measurements(batch, rows.slice(start, start + ROWS)))
  }

  /**
   * A missing table or column is told as a bad row too, and would make a dead letter of everything: a row is given up
   * only when it is refused by tables that were just checked.
   */
  async #send({ text, rows }: Lines): Promise<void> {
    if (text === '' || (await this.#server.write(text)) === undefined) return
    await ensureSchema(this.#server, this.#names, this.#retention)
    const refused = await this.#server.write(text)
    if (refused === undefined) return
    const row = rows[refused.line]
    if (row === undefined) throw new Error(`QuestDB refused a line that was not sent: ${refused.message}`)
    throw RowRefusedError.one(row, printable(reasonOf(refused.message)))
  }
}

/** @throws RowRefusedError for a name that no statement could ask for */
function checkNames(batch: readonly Measurement[]): void {
  batch.forEach(({ device, metric }, row) => {
    if (isNameable(device) && isNameable(metric)) return
    throw RowRefusedError.one(row, 'A name with the character NUL cannot be stored in QuestDB.')
  })
}

/** Rows of a device stay in one lane and in their order. Those of a message stand side by side: one look for all. */
function lanesOf(batch: readonly Measurement[]): readonly (readonly number[])[] {
  if (batch.length <= ROWS) return [Array.from(batch.keys())]
  const lanes = Array.from({ length: LANES }, (): number[] => [])
  const byDevice = new Map<string, number[]>()
  let [device, lane]: [string | undefined, number[]] = [undefined, []]
  for (let row = 0; row < batch.length; row++) {
    if (batch[row]!.device !== device) {
      device = batch[row]!.device
      lane = byDevice.get(device) ?? lanes[byDevice.size % LANES]!
      byDevice.set(device, lane)
    }
    lane.push(row)
  }
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
