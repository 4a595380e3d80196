import { messageOf } from '../../base/errors.ts'
import type { Record } from './pieces.ts'
import { firstBatch, messagesOf, numberAfter, readSegment, type SpoolDamage } from './reader.ts'
import { firstArrival, type SpooledMessage } from './record.ts'
import { FIRST_RECORD, noteStored, removeSegment, type Segment, segmentBytes, segmentsIn } from './segment.ts'
import { chunksOf, type OpenSegment, SpoolWriter } from './writer.ts'

export interface SpoolOptions {
  readonly folder: string
  /** Bytes that it may have on the disk; 0: it takes nothing, and gives what is in it. */
  readonly bound: number
  /** What was appended survives power loss, not only the death of the process. */
  readonly sync: boolean
  /** A part of it cannot be read: what is behind it is given all the same. */
  readonly onDamage?: (damage: SpoolDamage) => void
}

export interface SpoolStats {
  /** That are not stored yet. */
  readonly messages: number
  /** On the disk, those included that are stored and not deleted yet. */
  readonly bytes: number
  readonly bound: number
  /** When the oldest of the messages arrived, in milliseconds since 1970; undefined: there is none. */
  readonly since: number | undefined
  /** Why it took nothing when it was asked last; undefined: it did. */
  readonly full: string | undefined
}

interface Held {
  readonly segment: Segment
  bytes: number
}

/**
 * Messages on the disk, in order, between their acknowledgement and the store: appended at one end, stored and trimmed
 * at the other. What was appended survives `kill -9`. What was given and not yet trimmed when the process died is given
 * again, so whoever stores it must bear that. One process, one appender and one that drains; memory holds one segment.
 */
export class Spool implements AsyncDisposable {
  readonly #options: SpoolOptions
  readonly #held: Held[]
  readonly #writer: SpoolWriter
  /** Numbers of the next message to come, and of the oldest that is not stored. */
  #next = 0
  #oldest = 0
  #since: number | undefined
  #full: string | undefined
  #appending = false
  /** Of the oldest segment: what was read of it and is not trimmed, and up to where it was read. */
  #records: readonly Record[] = []
  #given: readonly Record[] = []
  #readTo: number | undefined

  private constructor(options: SpoolOptions, held: Held[]) {
    this.#options = options
    this.#held = held
    this.#writer = new SpoolWriter(options, (held.at(-1)?.segment.number ?? 0) + 1)
  }

  /** @throws what the system says about the folder */
  static async open(options: SpoolOptions): Promise<Spool> {
    const held: Held[] = []
    for (const segment of await segmentsIn(options.folder))
      held.push({ segment, bytes: await segmentBytes(segment) })
    const spool = new Spool(options, held)
    spool.#next = await numberAfter(held.map(({ segment }) => segment))
    await spool.#lookAhead()
    return spool
  }

  get isEmpty(): boolean {
    return this.#next === this.#oldest
  }

  stats(): SpoolStats {
    const { bound } = this.#options
    const messages = this.#next - this.#oldest
    return { messages, bytes: this.#bytes(), bound, since: this.#since, full: this.#full }
  }

  /**
   * Writes messages behind all others. They may be acknowledged as far as it says, and not beyond.
   * @returns how many of them are safe: fewer than there are when the bound or the disk is reached
   */
  async append(messages: readonly SpooledMessage[]): Promise<number> {
    this.#appending = true
    let safe = 0
    try {
      for (const chunk of chunksOf(messages)) {
        if (this.#bytes() + FIRST_RECORD + chunk.bytes > this.#options.bound) {
          this.#full = 'it is as large as store.spool allows'
          return safe
        }
        await this.#writer.write(chunk.messages, this.#next)
        this.#hold()
        this.#next += chunk.messages.length
        this.#since ??= chunk.messages[0]!.arrivedAt
        safe += chunk.messages.length
      }
      this.#full = undefined
    } catch (error) {
      this.#full = messageOf(error)
    } finally {
      this.#appending = false
    }
    return safe
  }

  /**
   * The oldest messages, about as many as may be; none: it is empty. The same again until they are trimmed.
   * @throws what the system says
   */
  async read(mostMessages: number, mostBytes = Infinity): Promise<readonly SpooledMessage[]> {
    await this.#lookAhead()
    this.#given = firstBatch(this.#records, mostMessages, mostBytes)
    return messagesOf(this.#given)
  }

  /** What was given last is stored. */
  async trim(): Promise<void> {
    const last = this.#given.at(-1)
    if (last === undefined) return
    this.#records = this.#records.slice(this.#given.length)
    this.#given = []
    this.#oldest = last.first + last.count
    this.#full = undefined
    await noteStored(this.#held[0]!.segment, last.end)
    await this.#lookAhead()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.seal()
    if (this.isEmpty) for (const { segment } of this.#held.splice(0)) await removeSegment(segment)
  }

  /** Reads on until there is a record, or nothing any more. Segments that are stored are deleted. */
  async #lookAhead(): Promise<void> {
    while (this.#records.length === 0 && this.#held.length > 0) {
      const { segment } = this.#held[0]!
      const open = this.#openSegment(segment)
      const range = { from: this.#readTo, end: open?.end }
      const { records, end } = await readSegment(segment, range, this.#options.onDamage)
      this.#readTo = end
      this.#records = records
      if (records.length > 0) break
      if (open !== undefined && this.#openSegment(segment) === undefined) continue // it was ended meanwhile
      if (open !== undefined && open.end > end) continue
      if (open !== undefined && this.#appending) break
      if (open !== undefined) await this.#writer.seal()
      await removeSegment(segment)
      this.#held.shift()
      this.#readTo = undefined
    }
    const [first] = this.#records
    if (this.#held.length === 0) this.#oldest = this.#next
    if (first !== undefined) this.#oldest = first.first // behind damage, numbers are missing
    if (first !== undefined) this.#since = firstArrival(first.body)
    else if (this.isEmpty) this.#since = undefined
  }

  #openSegment({ number }: Segment): OpenSegment | undefined {
    const { segment } = this.#writer
    return segment?.number === number ? segment : undefined
  }

  /** The segment that was written to belongs to the spool, as long as it is. */
  #hold(): void {
    const { segment } = this.#writer
    if (segment === undefined) return
    const last = this.#held.at(-1)
    if (last?.segment.number === segment.number) last.bytes = segment.end
    else this.#held.push({ segment, bytes: segment.end })
  }

  #bytes(): number {
    return this.#held.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}
