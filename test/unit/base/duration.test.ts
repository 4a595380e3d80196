import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../../src/lib/base/duration.ts'

describe('parseDuration', () => {
  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['30d', 2_592_000_000],
    ['10y', 315_360_000_000],
    [' 2 w ', 1_209_600_000],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  test.each(['', '10', 's', '10 parsecs', '-5s', '1h30', '5m, 3s'])('%j is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'DURATION', exitCode: 2 }))
  })

  test('any text gives a finite number or the error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseDuration(text)).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toMatchObject({ code: 'DURATION' })
        }
      }),
    )
  })
})

test.each([
  [40, '0.0 s'],
  [400, '0.4 s'],
  [12_000, '12 s'],
  [59_700, '1 min'],
  [300_000, '5 min'],
  [7_620_000, '2 h 7 min'],
  [7_200_000, '2 h'],
  [198_000_000, '2 d 7 h'],
  [-5, '0.0 s'],
])('formatDuration(%d) is %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})
