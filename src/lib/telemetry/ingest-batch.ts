import {
  ArrivalClock,
  type DecodeContext,
  decodeInto,
  type RejectedMessage,
  type TelemetryMessage,
} from './decode.ts'
import type { IngestDeadLetter, IngestSeen } from './ingest-sink.ts'
import { Measurements } from './measurements.ts'
import type { RejectionReason } from './rejection.ts'

/** A message that is to be stored. */
export interface BatchMessage extends TelemetryMessage {
  /** It was decoded before, and this is the first moment that it got in place of an event time (µs). */
  readonly moment?: number
}

/** Values of a message that there is room for at the beginning. */
const USUAL = 8

/** What a batch of messages comes to. Decoded once: however often it is tried, arrival times stay what they are. */
export class IngestBatch {
  readonly messages: readonly BatchMessage[]
  readonly letters: IngestDeadLetter[] = []
  ignored = 0
  rounded = 0
  readonly #seen = new Map<string, { at: number; messages: number }>()
  readonly #rejected = new Map<RejectionReason, number>()
  #rows: Measurements
  /** Where in `rows` the measurements of each message begin; a rejected one has none. */
  #starts: number[] = []
  /** The first moment that the arrival clock gave to a message, by its index. */
  readonly #moments = new Map<number, number>()

  constructor(messages: readonly BatchMessage[], context: DecodeContext) {
    this.messages = messages
    this.#rows = new Measurements(messages.length * USUAL)
    for (const message of messages) this.#take(message, context)
  }

  /** In the order of the messages, so that of two with one key the later wins. */
  get rows(): Measurements {
    return this.#rows
  }

  get seen(): readonly IngestSeen[] {
    return Array.from(this.#seen, ([device, note]) => ({ device, ...note }))
  }

  get rejected(): ReadonlyMap<RejectionReason, number> {
    return this.#rejected
  }

  /** The messages that `rows` come from, so that they can be decoded again to the same rows. */
  storable(): readonly Required<BatchMessage>[] {
    return this.messages.flatMap((message, index) => {
      if ((this.#starts[index + 1] ?? this.#rows.length) === this.#starts[index]) return []
      const { topic, payload, arrivedAt } = message
      const moment = message.moment ?? this.#moments.get(index) ?? Math.round(arrivedAt * 1000)
      return [{ topic, payload, arrivedAt, moment }]
    })
  }

  /**
   * The store will never take these rows: their messages become dead letters, and the others can be stored.
   * @param refused why, by index in {@link rows}
   */
  refuse(refused: ReadonlyMap<number, string>, reason: RejectionReason): void {
    const [rows, starts] = [this.#rows, this.#starts]
    this.#rows = new Measurements(rows.length)
    this.#starts = []
    for (const [index, start] of starts.entries()) {
      this.#starts.push(this.#rows.length)
      const end = starts[index + 1] ?? rows.length
      const detail = detailOf(refused, start, end)
      if (detail === undefined) this.#rows.append(rows, start, end)
      else
        this.#reject(this.messages[index]!, { rejected: reason, detail, device: rows.series(start).device })
    }
  }

  #take(message: BatchMessage, context: DecodeContext): void {
    const { moment } = message
    const arrivalTime = moment === undefined ? context.arrivalTime : new ArrivalClock(moment)
    const before = arrivalTime.given
    this.#starts.push(this.#rows.length)
    const decoded = decodeInto(
      this.#rows,
      message,
      moment === undefined ? context : { ...context, arrivalTime },
    )
    const given = arrivalTime.given - before
    if (given > 0) this.#moments.set(this.#starts.length - 1, arrivalTime.latest - given + 1)
    if (decoded.device !== undefined) this.#note(decoded.device, message.arrivedAt)
    if ('rejected' in decoded) return this.#reject(message, decoded)
    this.ignored += decoded.ignored
    this.rounded += decoded.rounded
  }

  #note(device: string, arrivedAt: number): void {
    const note = this.#seen.get(device)
    if (note === undefined) this.#seen.set(device, { at: arrivedAt, messages: 1 })
    else {
      note.at = Math.max(note.at, arrivedAt)
      note.messages++
    }
  }

  #reject({ topic, payload, arrivedAt }: BatchMessage, { rejected, detail, device }: RejectedMessage): void {
    this.#rejected.set(rejected, (this.#rejected.get(rejected) ?? 0) + 1)
    this.letters.push({ topic, payload, reason: rejected, detail, device, at: arrivedAt })
  }
}

function detailOf(refused: ReadonlyMap<number, string>, from: number, to: number): string | undefined {
  for (let row = from; row < to; row++) if (refused.has(row)) return refused.get(row)
  return undefined
}
