import { describe, expect, test } from 'vitest'
import { ageText, dateText, timeText } from '../../../src/lib/ui/age.ts'

const now = new Date(2026, 10, 25, 14, 27, 38).getTime()

describe('ageText', () => {
  test.each([
    [undefined, 'never'],
    [now - 400, 'now'],
    [now - 12_000, '12 s ago'],
    [now - 180_000, '3 min ago'],
    [now + 200, 'now'], // clocks differ by that much
    [now + 7_200_000, 'in 2 h'],
  ])('%s is %s', (at, text) => {
    expect(ageText(at, now)).toBe(text)
  })
})

describe('timeText', () => {
  test('today it is the time of day', () => {
    expect(timeText(new Date(2026, 10, 25, 4, 5, 6).getTime(), now)).toBe('04:05:06')
  })
  test('on another day the date stands before it', () => {
    expect(timeText(new Date(2026, 10, 21, 2, 11, 0).getTime(), now)).toBe('21 Nov 02:11:00')
  })
})

test('a date far away names its year', () => {
  expect(dateText(new Date(2026, 6, 1).getTime(), now)).toBe('1 Jul')
  expect(dateText(new Date(2036, 10, 25).getTime(), now)).toBe('25 Nov 2036')
})
