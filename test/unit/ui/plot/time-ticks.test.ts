import { expect, test } from 'vitest'
import { timeTicks } from '../../../../src/lib/ui/plot/time-ticks.ts'

const start = new Date(2026, 10, 25, 14, 3, 7).getTime()
const labels = (lasting: number, most = 5) =>
  timeTicks(start, start + lasting, most).map(({ label }) => label)

test.each([
  ['half a minute', 30_000, ['14:03:10', '14:03:20', '14:03:30']],
  ['an hour', 3_600_000, ['14:15', '14:30', '14:45', '15:00']],
  ['a day, with the date where the next begins', 86_400_000, ['18:00', '26 Nov', '06:00', '12:00']],
  ['three days', 3 * 86_400_000, ['26 Nov', '27 Nov', '28 Nov']],
])('ticks of %s are round', (_, lasting, expected) => {
  expect(labels(lasting)).toEqual(expected)
})

test('there are never more than asked for', () => {
  for (const lasting of [1, 999, 61_000, 3_599_999, 4e8, 4e10, 4e12]) {
    expect(labels(lasting).length).toBeLessThanOrEqual(6)
  }
})
