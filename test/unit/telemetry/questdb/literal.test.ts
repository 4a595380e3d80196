import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { momentLiteral, nameLists, textLiteral } from '../../../../src/lib/telemetry/questdb/literal.ts'

test('a quote ends no literal, a backslash escapes none', () => {
  expect(textLiteral(`it's`)).toBe(`'it''s'`)
  expect(textLiteral(`\\' OR true --`)).toBe(`'\\'' OR true --'`)
})

test('whatever a text holds, its literal is one literal of that text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const inner = textLiteral(text).slice(1, -1)
      expect(inner.replaceAll("''", '')).not.toContain("'")
      expect(inner.replaceAll("''", "'")).toBe(text)
    }),
  )
})

test('a moment keeps its microseconds', () => {
  expect(momentLiteral(0)).toBe(`'1970-01-01T00:00:00.000000Z'`)
  expect(momentLiteral(1_795_132_800_123_456)).toBe(`'2026-11-20T00:00:00.123456Z'`)
  expect(momentLiteral(Number.MAX_SAFE_INTEGER)).toBe(`'2255-06-05T23:47:34.740991Z'`)
})

test('lists hold every name once, each fits a request, and a name that no statement can hold is in none', () => {
  const names = Array.from({ length: 5000 }, (_, n) => `device, '${n}' & ü`)
  const lists = [...nameLists([...names, ...names, 'a\u0000b'])]
  expect(lists.length).toBeGreaterThan(1)
  for (const list of lists) expect(encodeURIComponent(list).length).toBeLessThan(32_000)
  const held = lists.flatMap((list) => list.slice(1, -1).split("','"))
  expect(held).toEqual(names.map((name) => name.replaceAll("'", "''")))
  expect([...nameLists([])]).toEqual([])
})
