import { createHash, hash } from 'node:crypto'
import { isFault, type RowFault } from './row.ts'

/** A row that was understood. */
export interface CheckedRow {
  readonly line: number
  /** What the row is called where somebody has to find it. */
  readonly name: string
  /** What no other row may have, as it is compared. */
  readonly key: string
  /** Everything that the row says, in one way only. */
  readonly content: string
}

/** An input that was read whole: what it is known by later. */
export interface CheckedInput {
  readonly rows: number
  /** In the order of the rows. */
  readonly fingerprints: BigUint64Array
  readonly lines: Uint32Array
  /** SHA-256 over the fingerprints in ascending order, lower-case hex: the order of the rows does not matter. */
  readonly digest: string
}

/** 64 bits of SHA-256: two different rows of a million share theirs with a chance of one in thirty million. */
export function fingerprint(content: string): bigint {
  return hash('sha256', content, 'buffer').readBigUInt64BE()
}

/**
 * Reads all rows and reports what is wrong with any. In memory stay a key and 12 bytes a row.
 * @param most rows; what is beyond is a fault, and not read
 */
export async function checkInput(
  rows: AsyncIterable<CheckedRow | RowFault>,
  most: number,
  report: (fault: RowFault) => Promise<void>,
): Promise<CheckedInput> {
  const seen = new Map<string, number>()
  let fingerprints = new BigUint64Array(1024)
  let lines = new Uint32Array(1024)
  let count = 0
  for await (const row of rows) {
    if (isFault(row)) {
      await report(row)
      continue
    }
    const before = seen.get(row.key)
    if (before !== undefined) await report(twice(row, before))
    else seen.set(row.key, row.line)
    if (count === most) {
      await report({
        line: row.line,
        code: 'ROW_MANY',
        message: `is more than the ${most} rows of one batch`,
      })
      break
    }
    if (count === lines.length) {
      fingerprints = grown(fingerprints, new BigUint64Array(count * 2))
      lines = grown(lines, new Uint32Array(count * 2))
    }
    fingerprints[count] = fingerprint(row.content)
    lines[count] = row.line
    count++
  }
  const kept = fingerprints.slice(0, count)
  return {
    rows: count,
    fingerprints: kept,
    lines: lines.slice(0, count),
    digest: digestOf(sortedBytes(kept)),
  }
}

/** Eight bytes a row, big-endian, ascending: the form that is kept. */
export function sortedBytes(fingerprints: BigUint64Array): Buffer {
  const bytes = Buffer.alloc(fingerprints.length * 8)
  for (const [index, value] of fingerprints.toSorted().entries()) bytes.writeBigUInt64BE(value, index * 8)
  return bytes
}

export interface InputDifference {
  /** Lines of rows that were not there before, or say something else now. */
  readonly changed: readonly number[]
  /** How many rows of before are not there any more. */
  readonly gone: number
}

/** What an input says that it did not say when its fingerprints were kept. */
export function inputDifference(before: Uint8Array, now: CheckedInput): InputDifference {
  const left = new Map<bigint, number>()
  const bytes = Buffer.from(before.buffer, before.byteOffset, before.byteLength)
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const value = bytes.readBigUInt64BE(at)
    left.set(value, (left.get(value) ?? 0) + 1)
  }
  const changed: number[] = []
  for (const [index, value] of now.fingerprints.entries()) {
    const count = left.get(value) ?? 0
    if (count === 0) changed.push(now.lines[index]!)
    else if (count === 1) left.delete(value)
    else left.set(value, count - 1)
  }
  return { changed, gone: left.values().reduce((sum, count) => sum + count, 0) }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function twice({ line, name }: CheckedRow, before: number): RowFault {
  return { line, field: 'id', code: 'ROW_TWICE', message: `${name} is also line ${before}` }
}

function grown<T extends BigUint64Array | Uint32Array>(old: T, larger: T): T {
  // Both are of one kind; TypeScript knows it of each alone.
  ;(larger as Uint32Array).set(old as Uint32Array)
  return larger
}
