import { systemCode } from '../../base/errors.ts'
import { piecesOf, type Record } from './pieces.ts'
import { decodeMessages, type SpooledMessage } from './record.ts'
import { FIRST_RECORD, keepAside, readUnstored, type Segment } from './segment.ts'

/** A part of the spool that cannot be read. */
export interface SpoolDamage {
  readonly file: string
  /** From this byte up to that. */
  readonly start: number
  readonly end: number
  /** Where it is kept for people to look at; undefined: there is nothing to keep. */
  readonly aside: string | undefined
}

export interface SegmentReading {
  /** Records that are not stored yet, in order. */
  readonly records: readonly Record[]
  /** Up to where the segment was read. */
  readonly end: number
}

/**
 * Reads what is not stored yet of a segment. Whatever is no record is kept aside and told, and what is behind it read.
 * @param range where to begin, if not at its mark, and to end, if not at its end
 */
export async function readSegment(
  segment: Segment,
  range: { readonly from?: number | undefined; readonly end?: number | undefined },
  onDamage: (damage: SpoolDamage) => void = () => {},
): Promise<SegmentReading> {
  const { file, salt } = segment
  const unstored = await readUnstored(segment, range).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (unstored === undefined) {
    onDamage({ file, start: 0, end: 0, aside: undefined })
    return { records: [], end: FIRST_RECORD }
  }
  const { bytes, start: offset } = unstored
  const records: Record[] = []
  for (const piece of piecesOf(bytes, salt)) {
    const [start, end] = [piece.start + offset, piece.end + offset]
    if (piece.kind === 'record') records.push({ ...piece, start, end })
    if (piece.kind === 'damage') onDamage({ file, start, end, aside: await keepAside(segment) })
  }
  return { records, end: offset + bytes.length }
}

/** Records that make a batch of at most so many messages, and bytes: one at least. */
export function firstBatch(
  records: readonly Record[],
  mostMessages: number,
  mostBytes: number,
): readonly Record[] {
  let [messages, bytes] = [0, 0]
  const over = records.findIndex(({ count, body }) => {
    messages += count
    bytes += body.length
    return messages > mostMessages || bytes > mostBytes
  })
  return over === -1 ? records : records.slice(0, Math.max(1, over))
}

export function messagesOf(records: readonly Record[]): readonly SpooledMessage[] {
  return records.flatMap(({ body }) => decodeMessages(body))
}

/** The number that comes after the last message in these segments. */
export async function numberAfter(segments: readonly Segment[]): Promise<number> {
  for (const segment of segments.toReversed()) {
    const { bytes } = await readUnstored(segment, { from: FIRST_RECORD })
    const last = [...piecesOf(bytes, segment.salt)].findLast((piece) => piece.kind === 'record')
    if (last !== undefined) return last.first + last.count
  }
  return 0
}
