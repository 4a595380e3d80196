import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TagComparison } from '../../../src/lib/registry/selector.ts'
import { ambiguous, fulfils, isLike } from '../../../src/lib/registry/tag-comparison.ts'

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

describe('where it matters whether a decimal is a version or a number, and nothing shows it', () => {
  const doubtful = (comparison: TagComparison, asked: string, ...stored: string[]) =>
    ambiguous(stored, { kind: 'tag', key: 'k', comparison, values: [asked] })

  test('it is said which value', () => {
    expect(doubtful('<', '2.4', '2.3', '2.10')).toBe('2.10')
    expect(doubtful('>', '48.137', '48.2', '48.5')).toBe('48.2')
    expect(doubtful('<', '0.25', '-3.5')).toBe('-3.5')
  })

  test('not where another value shows it, both readings agree, or the one that typed says it', () => {
    expect(doubtful('<', '2.4', '2.10', '2.4.3')).toBeUndefined()
    expect(doubtful('<', '2.4', '2.10', 'v3')).toBeUndefined()
    expect(doubtful('<', '2.4', '2.3', '9', 'beta')).toBeUndefined()
    for (const asked of ['v2.4', '+2.4', '2', '2.4.0', 'B'])
      expect(doubtful('<', asked, '2.10')).toBeUndefined()
    expect(doubtful('=', '2.4', '2.10')).toBeUndefined()
  })

  test('what it does not name means the same either way', () => {
    const decimal = fc.tuple(fc.nat(3), fc.nat(120)).map(([whole, rest]) => `${whole}.${rest}`)
    fc.assert(
      fc.property(fc.array(decimal), decimal, (stored, asked) => {
        if (doubtful('<', asked, ...stored) !== undefined) return
        for (const value of stored)
          expect(holds(value, '<', `v${asked}`)).toBe(holds(value, '<', `+${asked}`))
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
