import { isUtf8 } from 'node:buffer'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { payloadText } from '../../../src/lib/telemetry/payload-text.ts'

describe('payloadText', () => {
  test('any well-formed text comes back, replacement characters included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.startsWith('\uFEFF'))
        const sent = text.toWellFormed()
        expect(payloadText(Buffer.from(sent))).toBe(sent)
      }),
    )
  })

  test('a byte order mark goes', () => {
    expect(payloadText(Buffer.from('\uFEFF{}'))).toBe('{}')
  })

  test.each([
    [[0xff], 0],
    [[0x61, 0xc3], 1],
    [[0x61, 0xc3, 0x28], 1],
    [[0xef, 0xbf, 0xbd, 0x80], 3], // a genuine replacement character before it
    [[0xc3, 0xa9, 0xed, 0xa0, 0x80], 2], // a surrogate
    [[0x61, 0xf0, 0x9f, 0x98], 1], // cut off
  ])('%j is wrong at byte %d', (bytes, offset) => {
    expect(payloadText(Uint8Array.from(bytes))).toBe(offset)
  })

  test('any bytes are text, or text up to the byte that is named', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = payloadText(bytes)
        expect(typeof text === 'string').toBe(isUtf8(bytes))
        expect(isUtf8(bytes.subarray(0, typeof text === 'number' ? text : bytes.length))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('reads only its own part of a buffer that others share', () => {
    expect(payloadText(Buffer.from('xx{}yy').subarray(2, 4))).toBe('{}')
  })
})
