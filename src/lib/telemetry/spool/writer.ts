import type { FileHandle } from 'node:fs/promises'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { PRIVATE_FOLDER, syncFolder } from '../../base/files.ts'
import { encodedBytes, encodeRecord, HEAD_BYTES, type SpooledMessage } from './record.ts'
import { createSegment, FIRST_RECORD, newSegment, removeSegment, type Segment, writeAll } from './segment.ts'

/** A record this long is worth its write; few messages are longer. */
const RECORD = 1024 * 1024
/** Read whole by whoever drains it, and deleted whole. */
const LARGEST_SEGMENT = 8 * 1024 * 1024

export interface WriterOptions {
  readonly folder: string
  /** Bytes that the whole spool may have. */
  readonly bound: number
  /** What was appended survives power loss too. */
  readonly sync: boolean
}

/** The segment that is written to, and how far it is good. */
export interface OpenSegment extends Segment {
  end: number
}

/** Writes behind everything that is in the spool. */
export class SpoolWriter {
  readonly #options: WriterOptions
  readonly #segmentBytes: number
  #number: number
  #handle: FileHandle | undefined
  segment: OpenSegment | undefined

  /** @param number of the next segment */
  constructor(options: WriterOptions, number: number) {
    this.#options = options
    this.#number = number
    // A small spool needs small segments: only a whole one makes room.
    this.#segmentBytes = Math.min(LARGEST_SEGMENT, options.bound / 8)
  }

  /**
   * Writes one record. When it returns the record survives; when it throws, the segment is as it was.
   * @param first the number of its first message
   * @throws what the system says
   */
  async write(messages: readonly SpooledMessage[], first: number): Promise<void> {
    const segment = await this.#ready()
    const record = encodeRecord(messages, first, segment.salt)
    try {
      await writeAll(this.#handle!, record, segment.end)
      if (this.#options.sync) await this.#handle!.datasync()
    } catch (error) {
      // What stays behind its end all the same is a torn record: nothing is written there any more.
      await this.#handle!.truncate(segment.end).catch(() => {})
      await this.seal()
      if (segment.end === FIRST_RECORD) await removeSegment(segment).catch(() => {})
      throw error
    }
    segment.end += record.length
  }

  /** Ends the segment: the next record begins another. */
  async seal(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    this.segment = undefined
    await handle?.close()
  }

  async #ready(): Promise<OpenSegment> {
    if (this.segment !== undefined && this.segment.end < this.#segmentBytes) return this.segment
    await this.seal()
    const { folder, sync } = this.#options
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
    const segment = newSegment(folder, this.#number++)
    this.#handle = await createSegment(segment)
    if (sync) for (const one of [folder, path.dirname(folder)]) await syncFolder(one)
    return (this.segment = { ...segment, end: FIRST_RECORD })
  }
}

export interface Chunk {
  readonly messages: readonly SpooledMessage[]
  /** What it takes on the disk. */
  readonly bytes: number
}

/** Messages as records will hold them. */
export function* chunksOf(messages: readonly SpooledMessage[]): Generator<Chunk, void> {
  let [start, bytes] = [0, HEAD_BYTES]
  for (const [index, message] of messages.entries()) {
    const size = encodedBytes(message)
    if (index > start && bytes + size > RECORD) {
      yield { messages: messages.slice(start, index), bytes }
      ;[start, bytes] = [index, HEAD_BYTES]
    }
    bytes += size
  }
  if (start < messages.length) yield { messages: messages.slice(start), bytes }
}
