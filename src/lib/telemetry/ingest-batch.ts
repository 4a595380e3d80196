import { type DecodeContext, decode, type RejectedMessage } from './decode.ts'
import type { IngestDeadLetter, IngestSeen } from './ingest-sink.ts'
import type { Measurement } from './measurement.ts'
import type { RejectionReason } from './rejection.ts'
import type { IncomingMessage } from './source.ts'

/** What a batch of messages comes to. Decoded once: however often it is tried, arrival times stay what they are. */
export class IngestBatch {
  readonly messages: readonly IncomingMessage[]
  readonly letters: IngestDeadLetter[] = []
  ignored = 0
  rounded = 0
  readonly #seen = new Map<string, { at: number; messages: number }>()
  readonly #rejected = new Map<RejectionReason, number>()
  /** The measurements of each message; none of a rejected one. */
  readonly #decoded: (readonly Measurement[])[] = []

  constructor(messages: readonly IncomingMessage[], context: DecodeContext) {
    this.messages = messages
    for (const message of messages) this.#decoded.push(this.#take(message, context))
  }

  /** In the order of the messages, so that of two with one key the later wins. */
  get rows(): readonly Measurement[] {
    return this.#decoded.flat()
  }

  get seen(): readonly IngestSeen[] {
    return Array.from(this.#seen, ([device, note]) => ({ device, ...note }))
  }

  get rejected(): ReadonlyMap<RejectionReason, number> {
    return this.#rejected
  }

  /**
   * The store will never take these rows: their messages become dead letters, and the others can be stored.
   * @param rows why, by index in {@link rows}
   */
  refuse(rows: ReadonlyMap<number, string>, reason: RejectionReason): void {
    let first = 0
    for (const [index, own] of this.#decoded.entries()) {
      const detail = own.map((_, offset) => rows.get(first + offset)).find((why) => why !== undefined)
      first += own.length
      if (detail === undefined) continue
      this.#decoded[index] = []
      this.#reject(this.messages[index]!, { rejected: reason, detail, device: own[0]!.device })
    }
  }

  #take(message: IncomingMessage, context: DecodeContext): readonly Measurement[] {
    const decoded = decode(message, context)
    if (decoded.device !== undefined) this.#note(decoded.device, message.arrivedAt)
    if ('rejected' in decoded) {
      this.#reject(message, decoded)
      return []
    }
    this.ignored += decoded.ignored
    this.rounded += decoded.rounded
    return decoded.measurements
  }

  #note(device: string, arrivedAt: number): void {
    const note = this.#seen.get(device)
    if (note === undefined) this.#seen.set(device, { at: arrivedAt, messages: 1 })
    else {
      note.at = Math.max(note.at, arrivedAt)
      note.messages++
    }
  }

  #reject(
    { topic, payload, arrivedAt }: IncomingMessage,
    { rejected, detail, device }: RejectedMessage,
  ): void {
    this.#rejected.set(rejected, (this.#rejected.get(rejected) ?? 0) + 1)
    this.letters.push({ topic, payload, reason: rejected, detail, device, at: arrivedAt })
  }
}
