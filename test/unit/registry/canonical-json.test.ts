import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../src/lib/registry/canonical-json.ts'

test('members are sorted by UTF-16 code units (RFC 8785 §3.2.3)', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
  expect(JSON.parse(canonicalJson(value))).toEqual(value)
  expect([...canonicalJson(value).matchAll(/:(\d)/g)].map(([, digit]) => Number(digit))).toEqual([
    2, 4, 6, 7, 1, 5, 3,
  ])
})

test('the order in which members were set makes no difference, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const turned = Object.fromEntries(Object.entries(value).toReversed())
      expect(canonicalJson(turned)).toBe(canonicalJson(value))
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('what JSON cannot say is left out or null, as everywhere', () => {
  expect(canonicalJson({ b: undefined, a: Number.NaN, c: new Date(0), d: [undefined] })).toBe(
    '{"a":null,"c":"1970-01-01T00:00:00.000Z","d":[null]}',
  )
  expect(canonicalJson(undefined)).toBe('null')
})
