import { type Found, findRecord, HEAD_BYTES, type RecordHead } from './record.ts'

/** A stretch of a segment, from `start` up to `end`. */
export type Piece = Record | Damage | Torn

export interface Record extends RecordHead {
  readonly kind: 'record'
  readonly start: number
  readonly end: number
  readonly body: Buffer
}

/** Bytes that are no record, up to the next that is one. */
export interface Damage {
  readonly kind: 'damage'
  readonly start: number
  readonly end: number
}

/** A record that was never written to its end, so never relied on. */
export interface Torn {
  readonly kind: 'torn'
  readonly start: number
  readonly end: number
}

/** Reads a segment's records in order and never throws, whatever stands there: what is no record is a piece too. */
export function* piecesOf(bytes: Buffer, salt: Buffer): Generator<Piece, void> {
  for (let start = 0; start < bytes.length; ) {
    const piece = pieceAt(bytes, start, salt)
    yield piece
    start = piece.end
  }
}

function pieceAt(bytes: Buffer, start: number, salt: Buffer): Piece {
  const found = findRecord(bytes, start, salt)
  if (isRecord(found)) return recordOf(found, start)
  const next = nextRecord(bytes, start + 1, salt)
  // A torn record is the last thing in a file: with another behind it, it was whole once.
  if (found === 'torn' && next === undefined) return { kind: 'torn', start, end: bytes.length }
  return { kind: 'damage', start, end: next ?? bytes.length }
}

function recordOf({ head, body }: Exclude<Found, string>, start: number): Record {
  return { kind: 'record', start, end: start + HEAD_BYTES + head.length, body, ...head }
}

function nextRecord(bytes: Buffer, from: number, salt: Buffer): number | undefined {
  for (let at = bytes.indexOf(salt, from); at !== -1; at = bytes.indexOf(salt, at + 1))
    if (isRecord(findRecord(bytes, at, salt))) return at
  return undefined
}

function isRecord(found: Found): found is Exclude<Found, string> {
  return typeof found === 'object'
}
