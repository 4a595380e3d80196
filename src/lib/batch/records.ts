import type { RowFault } from './row.ts'

/** One record of a text file, without its line end. */
export interface TextRecord {
  /** The line that it begins in, from 1. */
  readonly line: number
  readonly bytes: Buffer
}

/** A certificate request has at most 16 KB; nobody needs a row much larger. */
const LONGEST = 64 * 1024

const NEWLINE = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22
/** Behind what a field begins: separators, a line end, the end of a byte order mark. */
const OPENERS: ReadonlySet<number> = new Set([0x2c, 0x3b, NEWLINE, 0xbf])

/**
 * Splits bytes into records at line ends, LF or CRLF; with `quoted` not at those between quotes (RFC 4180 §2.6). A
 * quote opens only where a field begins: an inch mark in a cell must not swallow the rest of the file. Empty lines are
 * no records. A record that is too long is the last: what comes behind a quote that is never closed means nothing.
 */
export async function* records(
  chunks: AsyncIterable<Uint8Array>,
  { quoted }: { readonly quoted: boolean },
): AsyncGenerator<TextRecord | RowFault> {
  const parts: Buffer[] = []
  let size = 0
  let line = 1
  let linesInside = 0
  let isInside = false
  /** At the beginning of a field, and behind a closing quote, where another one stands for itself. */
  let mayOpen = true

  const take = (rest: Buffer): TextRecord => {
    const bytes = parts.length === 0 ? rest : Buffer.concat([...parts, rest])
    parts.length = 0
    size = 0
    return { line, bytes: bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes }
  }

  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE && quoted) {
        const closes: boolean = isInside
        isInside = !closes && mayOpen
        mayOpen = closes
        continue
      }
      mayOpen = byte !== undefined && OPENERS.has(byte)
      if (byte !== NEWLINE) continue
      if (isInside) {
        linesInside++
        continue
      }
      const record = take(bytes.subarray(start, at))
      if (record.bytes.length > LONGEST) yield tooLong(line)
      else if (record.bytes.length > 0) yield record
      line += 1 + linesInside
      linesInside = 0
      start = at + 1
    }
    if (start === bytes.length) continue
    // A copy: the stream may use its buffer again.
    parts.push(Buffer.from(bytes.subarray(start)))
    size += bytes.length - start
    if (size > LONGEST) return yield endless(line, isInside)
  }
  if (size === 0) return
  if (isInside) return yield { line, code: 'ROW_BAD', message: 'a quote is opened and never closed' }
  yield take(Buffer.alloc(0))
}

function tooLong(line: number, more = ''): RowFault {
  return { line, code: 'ROW_BAD', message: `is longer than ${LONGEST / 1024} KB${more}` }
}

/** Where it ends is not known, so nothing behind it is. */
function endless(line: number, isInside: boolean): RowFault {
  const why = isInside ? 'a quote is opened and not closed' : 'there is no line end'
  return tooLong(line, `: ${why}; nothing behind it was read`)
}
