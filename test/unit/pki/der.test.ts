import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dottedOid, octets, parseDer, setBits, smallInteger, timeOf } from '../../../src/lib/pki/asn1.ts'
import {
  header,
  integer,
  namedBits,
  octetString,
  oid,
  sequence,
  setOf,
  TAG,
  time,
  unsignedInteger,
} from '../../../src/lib/pki/der.ts'
import { encodedElement, spanAt } from '../../../src/lib/pki/der-span.ts'

/** What is written is read back by node-forge, which knows nothing of the writer. */
describe('what is written is read back', () => {
  test('octets of every length, in the shortest form', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000), (length) => {
        const content = Buffer.alloc(length, 7)
        const der = octetString(content)
        expect(octets(parseDer(der), TAG.octetString, 'it').equals(content)).toBe(true)
        expect(spanAt(der, 0)).toEqual({ start: der.length - length, end: der.length })
        expect(header(TAG.octetString, length)).toEqual(der.subarray(0, der.length - length))
      }),
    )
  })

  test.each([
    [0x7f, '047f'],
    [0x80, '048180'],
    [0xff, '0481ff'],
    [0x100, '04820100'],
    [0xffff, '0482ffff'],
    [0x10000, '0483010000'],
    [0x1000000, '048401000000'],
  ])('a length of %d octets', (length, hex) => {
    expect(header(0x04, length).toString('hex')).toBe(hex)
  })

  test('numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 46 }), (value) => {
        expect(smallInteger(parseDer(integer(value)), 'it')).toBe(value)
      }),
    )
  })

  test('a serial stays positive and has no octet too many (X.690 §8.3.2)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
        const content = octets(parseDer(unsignedInteger(bytes)), TAG.integer, 'it')
        expect(BigInt(`0x${content.toString('hex')}`)).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
        expect(content[0]! < 0x80).toBe(true)
        expect(content.length === 1 || content[0] !== 0 || content[1]! >= 0x80).toBe(true)
      }),
    )
  })

  test('object identifiers', () => {
    const arcs = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 39 }), fc.array(fc.nat()))
    fc.assert(
      fc.property(arcs, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join('.')
        expect(dottedOid(parseDer(oid(dotted)), 'it')).toBe(dotted)
      }),
    )
  })

  test('named bits', () => {
    const bits = fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { minLength: 1 })
    fc.assert(
      fc.property(bits, (set) => {
        expect(setBits(parseDer(namedBits(...set)), 'it')).toEqual(set.toSorted((one, other) => one - other))
      }),
    )
  })

  test('times, to the second, from 1950 to 9999', () => {
    const seconds = fc.integer({
      min: Date.UTC(1950, 0, 1) / 1000,
      max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000,
    })
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999 }), (second, milliseconds) => {
        expect(timeOf(parseDer(time(second * 1000 + milliseconds)), 'it')).toBe(second * 1000)
      }),
    )
  })
})

test.each([
  ['2049-12-31T23:59:59.999Z', TAG.utcTime, '491231235959Z'],
  ['2050-01-01T00:00:00Z', TAG.generalizedTime, '20500101000000Z'],
  ['1950-01-01T00:00:00Z', TAG.utcTime, '500101000000Z'],
  ['1969-12-31T23:59:59Z', TAG.utcTime, '691231235959Z'],
  ['9999-12-31T23:59:59Z', TAG.generalizedTime, '99991231235959Z'],
])('%s is written as RFC 5280 §4.1.2.5 wants it', (iso, tag, text) => {
  const der = time(Date.parse(iso))
  expect([der[0], der.subarray(2).toString()]).toEqual([tag, text])
})

test.each([Date.UTC(1950, 0, 1) - 1, Date.UTC(10_000, 0, 1), Number.NaN])('there is no time %d', (moment) => {
  expect(() => time(moment)).toThrow(RangeError)
})

test('the elements of a set stand in the order of their encodings', () => {
  expect(setOf(integer(300), integer(2))).toEqual(setOf(integer(2), integer(300)))
})

test('an element is found by its place, as it came', () => {
  const parts = [integer(1), octetString(Buffer.alloc(200)), oid('2.5.4.3')]
  const outer = sequence(...parts)
  expect(parts.map((_, index) => Buffer.from(encodedElement(outer, index)))).toEqual(parts)
})
