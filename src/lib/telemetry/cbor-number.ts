import type { Json } from './parse-payload.ts'

/** Beyond this many bytes a number is beyond every double: it need not be computed to know that. */
const LARGEST = 128

/** A big number (RFC 8949 §3.4.3) as the nearest double; infinite when there is none. */
export function bigNumber(bytes: Buffer, isNegative: boolean): number {
  const first = bytes.findIndex((byte) => byte !== 0)
  const significant = first === -1 ? Buffer.alloc(0) : bytes.subarray(first)
  if (significant.length > LARGEST) return isNegative ? -Infinity : Infinity
  const size = BigInt(`0x0${significant.toString('hex')}`)
  return Number(isNegative ? -1n - size : size)
}

/** `[exponent, mantissa]` to the base of ten (§3.4.4): read as text would be, so that 215 × 10^-1 is 21.5. */
export function decimalFraction(content: Json): number | undefined {
  const parts = exponentAndMantissa(content)
  return parts && Number(`${parts.mantissa}e${parts.exponent}`)
}

/** The same to the base of two. In two steps, because 2 to the exponent alone may be out of reach. */
export function bigFloat(content: Json): number | undefined {
  const parts = exponentAndMantissa(content)
  if (parts === undefined) return undefined
  const half = Math.trunc(parts.exponent / 2)
  return parts.mantissa * 2 ** half * 2 ** (parts.exponent - half)
}

function exponentAndMantissa(content: Json) {
  if (!Array.isArray(content) || content.length !== 2) return undefined
  const [exponent, mantissa] = content as readonly Json[]
  if (!Number.isSafeInteger(exponent) || !Number.isInteger(mantissa)) return undefined
  return { exponent: exponent as number, mantissa: mantissa as number }
}
