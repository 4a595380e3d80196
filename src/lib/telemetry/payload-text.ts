import { isUtf8 } from 'node:buffer'

const REPLACEMENT = '\uFFFD'
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT)

/** The payload as text, or the offset of the first byte that is not UTF-8 (RFC 3629). A byte order mark goes. */
export function payloadText(payload: Uint8Array): string | number {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const text = bytes.toString()
  // Decoding replaces what is wrong, so text without the mark of that needs no second look at its bytes.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) return firstBadByte(bytes, text)
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** A replacement character that did not stand in the bytes itself marks the place. */
function firstBadByte(bytes: Buffer, text: string): number {
  for (let from = 0, offset = 0; ; ) {
    const index = text.indexOf(REPLACEMENT, from)
    if (index === -1) return bytes.length
    offset += Buffer.byteLength(text.slice(from, index))
    if (!bytes.subarray(offset, offset + 3).equals(REPLACEMENT_BYTES)) return offset
    offset += 3
    from = index + 1
  }
}
