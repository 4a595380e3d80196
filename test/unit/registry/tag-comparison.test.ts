import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TagComparison } from '../../../src/lib/registry/selector.ts'
import { fulfils, isLike } from '../../../src/lib/registry/tag-comparison.ts'

const holds = (stored: string, comparison: TagComparison, ...values: string[]) =>
  fulfils(stored, { kind: 'tag', key: 'k', comparison, values })

describe('how a value is compared follows from the value that was typed', () => {
  test.each<[string, string, '<' | '>' | '=' | undefined]>([
    ['2.10', '2.4', '>'], // a version, not a number
    ['2.10.0', '2.4', '>'],
    ['2.4', '2.4.0', '='],
    ['2.4.0-rc1', '2.4', '<'],
    ['v3', '2.4', '>'],
    ['3', '2.4', '>'],
    ['beta', '2.4', undefined],
    ['-3.5', '2.4', undefined],
    ['9', '10', '<'],
    ['-5', '0', '<'],
    ['12.5', '12', '>'],
    ['2.4.3', '3', '<'],
    ['many', '3', undefined],
    ['0.5', '+0.25', '>'],
    ['0.25', '+.25', '='],
    ['2e3', '1.5e3', '>'],
    ['2.4.3', '+2.4', undefined],
    ['2026-01-31', '2026-02-01', '<'],
    ['B', 'A', '>'],
    ['10', 'A', '<'],
  ])('%s against %s: %s', (stored, asked, expected) => {
    expect([
      holds(stored, '<', asked),
      holds(stored, '<=', asked),
      holds(stored, '>', asked),
      holds(stored, '>=', asked),
    ]).toEqual([
      expected === '<',
      expected === '<' || expected === '=',
      expected === '>',
      expected === '>' || expected === '=',
    ])
  })

  test('whole numbers mean the same against a number and a version', () => {
    const stored = fc.tuple(fc.nat(99), fc.nat(99)).map(([major, minor]) => `${major}.${minor}`)
    fc.assert(
      fc.property(stored, fc.nat(99), (text, asked) => {
        expect(holds(text, '<', String(asked))).toBe(holds(text, '<', `v${asked}`))
      }),
    )
  })
})

test('is and is not want the text as it stands', () => {
  expect([holds('2.4.0', '=', '2.4'), holds('2.4', '=', '2.3', '2.4')]).toEqual([false, true])
  expect([holds('2.4.0', '!=', '2.4'), holds('2.4', '!=', '2.3', '2.4')]).toEqual([true, false])
})

test('a star is any characters; what is between the stars comes in its order', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\\'), maxLength: 4 })
  fc.assert(
    fc.property(piece, fc.array(piece, { maxLength: 4 }), (text, pieces) => {
      const escaped = pieces.map((part) => RegExp.escape(part)).join('.*')
      const long = text + pieces.join(text)
      for (const one of [text, long])
        expect(isLike(one, pieces.join('*'))).toBe(new RegExp(`^${escaped}$`, 's').test(one))
    }),
    { numRuns: 2000 },
  )
})

test('no pattern takes long', () => {
  expect(isLike('a'.repeat(100_000), `${'*a'.repeat(20)}*b`)).toBe(false)
})
