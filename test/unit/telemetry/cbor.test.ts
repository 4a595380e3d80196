import { Encoder } from 'cbor-x'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { looksLikeCbor, parseCbor } from '../../../src/lib/telemetry/cbor.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

function read(text: string): unknown {
  const parsed = parseCbor(hex(text))
  if ('rejected' in parsed) throw new Error(`${parsed.rejected}: ${parsed.detail}`)
  return parsed.document
}

describe('what RFC 8949 appendix A encodes', () => {
  test.each<[string, unknown]>([
    ['00', 0],
    ['1864', 100],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1bffffffffffffffff', 18_446_744_073_709_552_000],
    ['20', -1],
    ['3903e7', -1000],
    ['3bffffffffffffffff', -18_446_744_073_709_552_000],
    ['c249010000000000000000', 18_446_744_073_709_552_000],
    ['c349010000000000000000', -18_446_744_073_709_552_000],
    ['f90000', 0],
    ['f93c00', 1],
    ['f97bff', 65_504],
    ['f90001', 5.960464477539063e-8],
    ['f9c400', -4],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['f97c00', Infinity],
    ['f97e00', NaN],
    ['f9fc00', -Infinity],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['f7', null],
    ['f0', null],
    ['f8ff', null],
    ['c074323031332d30332d32315432303a30343a30305a', '2013-03-21T20:04:00Z'],
    ['c11a514b67b0', 1_363_896_240],
    ['d74401020304', 'AQIDBA'],
    ['4401020304', 'AQIDBA'],
    ['60', ''],
    ['62c3bc', 'ü'],
    ['83010203', [1, 2, 3]],
    ['a201020304', { 1: 2, 3: 4 }],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
    ['5f42010243030405ff', 'AQIDBAU'],
    ['7f657374726561646d696e67ff', 'streaming'],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
    ['c48221196ab3', 273.15],
    ['c5822003', 1.5],
    ['d9d9f7 a16174 01', { t: 1 }],
    ['a1 20 01', { '-1': 1 }],
  ])('%s', (encoded, value) => {
    expect(read(encoded)).toEqual(value)
  })

  test('a decimal fraction is the number that its digits say', () => {
    expect(read('c4822018d7')).toBe(21.5)
  })

  test('a big number beyond every double is infinite, and costs nothing', () => {
    expect(read(`c2 58ff ${'ff'.repeat(255)}`)).toBe(Infinity)
    expect(read(`c2 58ff ${'00'.repeat(254)}07`)).toBe(7)
    expect(read(`c3 58ff ${'ff'.repeat(255)}`)).toBe(-Infinity)
  })
})

describe('what is no CBOR names the byte and what is wrong there', () => {
  test.each<[string, string]>([
    ['81', 'At byte 0: 1 items do not fit into what follows.'],
    ['a1 6161', 'At byte 3: expected 1 byte, found 0.'],
    ['81 1903', 'At byte 2: expected 2 bytes, found 1.'],
    ['80 00', 'At byte 1: expected the end.'],
    ['81 1c', 'At byte 1: 0x1c begins nothing.'],
    ['81 1f', 'At byte 1: 0x1f begins nothing.'],
    ['81 ff', 'At byte 1: 0xff stands where an item must.'],
    ['81 fc', 'At byte 1: 0xfc stands where an item must.'],
    ['82 f818 00', 'At byte 1: a simple value in a form that it does not have.'],
    ['81 61ff', 'At byte 1: the text is not UTF-8.'],
    ['81 7f 61c3 61bc ff', 'At byte 2: the text is not UTF-8.'], // §3.2.3: a character must not be split
    ['81 7f 4161 ff', 'At byte 2: expected a chunk of the string.'],
    ['81 7f 7f ff ff', 'At byte 2: expected a chunk of the string.'],
    ['a2 616101 616102', 'At byte 4: the key "a" stands twice.'],
    ['a2 0101 613102', 'At byte 3: the key "1" stands twice.'],
    ['a1 f501', 'At byte 1: expected a key that is text or an integer.'],
    ['bf 6161 ff', 'At byte 3: 0xff stands where an item must.'],
    ['9f 01', 'At byte 2: expected 1 byte, found 0.'],
    ['c2 01', 'At byte 1: expected the bytes of a big number.'],
    ['c4 01', 'At byte 0: expected [exponent, mantissa].'],
    ['c4 82 f93800 01', 'At byte 0: expected [exponent, mantissa].'],
    ['9bffffffffffffffff', 'At byte 0: 18446744073709551615 items do not fit into what follows.'],
    ['ba7fffffff', 'At byte 0: 2147483647 items do not fit into what follows.'],
    ['81 5b7fffffffffffffff', 'At byte 10: expected 9223372036854775807 bytes, found 0.'],
  ])('%s', (encoded, detail) => {
    expect(parseCbor(hex(encoded))).toEqual({ rejected: 'cbor', detail })
  })

  test('nested lists, maps and tags take no stack', () => {
    for (const opening of ['81', '9f', 'a100', 'c1'])
      expect(parseCbor(hex(opening.repeat(100_000)))).toMatchObject({
        rejected: 'limits',
        detail: expect.stringMatching(/nested deeper than 64 levels/) as unknown,
      })
    expect(read(`${'81'.repeat(64)}01`)).toBeDefined()
  })
})

describe('what begins like CBOR', () => {
  test('is never UTF-8 text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(looksLikeCbor(Buffer.from(text))).toBe(false)
      }),
      { numRuns: 2000 },
    )
    for (let first = 0; first < 256; first++)
      if (looksLikeCbor(Uint8Array.of(first, 0xd9, 0xf7))) expect(first >= 0x80).toBe(true)
  })

  test('is a list, a map, or what says so itself', () => {
    for (const encoded of ['80', '9b', '9f', 'a0', 'bb', 'bf', 'd9d9f701'])
      expect(looksLikeCbor(hex(encoded))).toBe(true)
    for (const encoded of ['00', '1864', '6161', '9c', 'bc', 'd9d9', 'd8d9f7', 'f5', 'fb', 'c1'])
      expect(looksLikeCbor(hex(encoded))).toBe(false)
  })
})

describe('another encoder', () => {
  const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false })
  // It would make a `__proto__` of its own choosing.
  const key = fc.string().filter((key) => key !== '__proto__' && key.isWellFormed())
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.double().map((number) => number + 0), // it has no -0
      fc.integer(),
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
    ),
  }))

  test('is understood', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const parsed = parseCbor(encoder.encode(value))
        expect(parsed).toEqual({ document: value })
      }),
      { numRuns: 2000 },
    )
  })

  test('bytes that were changed or cut end in a document or a reason', () => {
    fc.assert(
      fc.property(tree, fc.nat(), fc.nat(255), fc.nat(), (value, at, byte, length) => {
        const bytes = Buffer.from(encoder.encode(value))
        bytes[at % bytes.length] = byte
        const parsed = parseCbor(bytes.subarray(0, 1 + (length % bytes.length)))
        expect('document' in parsed || parsed.detail.startsWith('At byte ')).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})

test('whatever comes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
      const parsed = parseCbor(bytes)
      expect('document' in parsed || parsed.detail.startsWith('At byte ')).toBe(true)
    }),
    { numRuns: 5000 },
  )
})
