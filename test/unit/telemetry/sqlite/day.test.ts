import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, dayOf } from '../../../../src/lib/telemetry/day.ts'
import { dayFile, dayOfFile } from '../../../../src/lib/telemetry/sqlite/day.ts'

test('a moment lies in the file of its day in UTC', () => {
  expect(dayFile('', dayOf(Date.parse('2026-11-25T23:59:59.999Z') * 1000))).toBe('2026-11-25.db')
  expect(dayFile('', dayOf(Date.parse('2026-11-26T00:00:00Z') * 1000))).toBe('2026-11-26.db')
})

test('every day has a file of its own, and the file names the day', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 104_000 }), (day) => {
      expect(dayOfFile(dayFile('', day))).toBe(day)
      expect(dayOf(day * DAY)).toBe(day)
      expect(dayOf((day + 1) * DAY - 1)).toBe(day)
    }),
  )
})

test.each(['series.db', '2026-11-25.db-wal', '.2026-11-25.db.new', '2026-13-45.db', 'x2026-11-25.db', ''])(
  '%j is no day',
  (name) => {
    expect(dayOfFile(name)).toBeUndefined()
  },
)
