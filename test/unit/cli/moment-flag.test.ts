import { describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/lib/base/errors.ts'
import { parseMoment } from '../../../src/lib/cli/moment-flag.ts'

const now = Date.UTC(2026, 10, 25, 14, 0)

describe('a moment', () => {
  test.each([
    ['2026-11-25T13:00Z', Date.UTC(2026, 10, 25, 13)],
    ['2026-11-25T13:00:30.5+01:00', Date.UTC(2026, 10, 25, 12, 0, 30, 500)],
    ['2026-11-25T13:00', new Date(2026, 10, 25, 13).getTime()],
    ['2026-11-25 13:00', new Date(2026, 10, 25, 13).getTime()],
    ['2026-11-25', new Date(2026, 10, 25).getTime()],
    ['2h', now - 7_200_000],
    ['1h30m', now - 5_400_000],
  ])('%s', (text, at) => {
    expect(parseMoment(text, now)).toBe(at)
  })

  test.each(['', 'yesterday', '2026-13-01', '14:00', '5', '2h later'])('%j is none', (text) => {
    expect(() => parseMoment(text, now)).toThrow(UsageError)
  })
})
