/** Where the content of a DER value lies. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The content of the value that begins at `offset`, in bytes that were parsed before: a signature covers them as they
 * came, not as somebody would encode them anew.
 */
export function spanAt(der: Uint8Array, offset: number): Span {
  const first = der[offset + 1]!
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first }
  let length = 0
  const octets = first & 0x7f
  for (let index = 0; index < octets; index++) length = length * 256 + der[offset + 2 + index]!
  const start = offset + 2 + octets
  return { start, end: start + length }
}

/**
 * The whole encoding of the `index`-th value inside the outermost one, of bytes that were parsed before. The first one
 * inside a certificate, a request or a CRL is what its signature covers.
 */
export function encodedElement(der: Uint8Array, index: number): Uint8Array {
  let start = spanAt(der, 0).start
  for (let before = 0; before < index; before++) start = spanAt(der, start).end
  return der.subarray(start, spanAt(der, start).end)
}
