import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { believedTime, eventTime, timeWindow } from '../../../src/lib/telemetry/event-time.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')

describe('an event time', () => {
  test.each<[unknown, string]>([
    [1_764_072_000, '2025-11-25T12:00:00.000Z'],
    [1_764_072_000.25, '2025-11-25T12:00:00.250Z'],
    [1_764_072_000_250, '2025-11-25T12:00:00.250Z'],
    [1_764_072_000_250_000, '2025-11-25T12:00:00.250Z'],
    [0, '1970-01-01T00:00:00.000Z'],
    [-1, '1969-12-31T23:59:59.000Z'],
    // The largest number that is read as seconds and the smallest of the other units.
    [99_999_999_999, '5138-11-16T09:46:39.000Z'],
    [100_000_000_000, '1973-03-03T09:46:40.000Z'],
    [99_999_999_999_999, '5138-11-16T09:46:39.999Z'],
    [100_000_000_000_000, '1973-03-03T09:46:40.000Z'],
    ['2026-11-25T12:00:00Z', '2026-11-25T12:00:00.000Z'],
    ['2026-11-25T12:00Z', '2026-11-25T12:00:00.000Z'],
    ['2026-11-25 12:00:00.5+01:00', '2026-11-25T11:00:00.500Z'],
    ['2026-11-25t12:00:00,5-0530', '2026-11-25T17:30:00.500Z'],
    ['2026-11-25T12:00:00+01', '2026-11-25T11:00:00.000Z'],
    ['2026-03-01T00:30:00+01:00', '2026-02-28T23:30:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%j is %s', (stamp, iso) => {
    expect(eventTime(stamp)).toBe(Date.parse(iso) * 1000)
  })

  test('keeps microseconds and drops what is finer', () => {
    expect(eventTime('2026-11-25T12:00:00.123456Z')).toBe(NOW * 1000 + 123_456)
    expect(eventTime('2026-11-25T12:00:00.123456999Z')).toBe(NOW * 1000 + 123_456)
    expect(eventTime(NOW * 1000 + 123_456)).toBe(NOW * 1000 + 123_456)
    expect(eventTime(NOW / 1000 + 0.123456)).toBe(NOW * 1000 + 123_456)
  })

  test.each<[unknown]>([
    ['2026-11-25T12:00:00'], // whose noon?
    ['2026-11-25'],
    ['2026-02-30T00:00:00Z'],
    ['2025-02-29T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-00-01T00:00:00Z'],
    ['2026-11-00T00:00:00Z'],
    ['2026-11-25T24:00:00Z'],
    ['2026-11-25T12:60:00Z'],
    ['2026-11-25T12:00:61Z'],
    ['2026-11-25T12:00:00+01:60'],
    ['1764072000'],
    ['yesterday'],
    [''],
    [1e17],
    [true],
    [{}],
    [[1_764_072_000]],
  ])('%j is none', (stamp) => {
    expect(eventTime(stamp)).toBeUndefined()
  })

  test('every moment from 1974 to 2200 reads the same in seconds, milliseconds, microseconds and ISO 8601', () => {
    const milliseconds = fc.integer({ min: Date.UTC(1974), max: Date.UTC(2200) })
    fc.assert(
      fc.property(milliseconds, (moment) => {
        const forms = [moment / 1000, moment, moment * 1000, new Date(moment).toISOString()]
        expect(forms.map(eventTime)).toEqual(Array(4).fill(moment * 1000))
      }),
    )
  })

  test('is an integer or nothing, for any value that JSON holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (stamp) => {
        const at = eventTime(stamp)
        expect(at === undefined || Number.isSafeInteger(at) || Math.abs(at) > Number.MAX_SAFE_INTEGER).toBe(
          true,
        )
      }),
    )
  })
})

describe('an event time is believed', () => {
  const window = timeWindow(NOW, 86_400_000)
  const from = (NOW - 86_400_000) * 1000
  const to = (NOW + 600_000) * 1000

  test.each([from, to, NOW * 1000])('at %d', (at) => {
    expect(believedTime(at, window)).toBe(at)
  })

  test('not a microsecond before retention, nor after ten minutes ahead', () => {
    expect(believedTime(from - 1, window)).toMatchObject({ rejected: 'clock' })
    expect(believedTime(to + 1, window)).toMatchObject({ rejected: 'clock' })
  })

  test('and what is not says what the clock showed', () => {
    expect(believedTime(12, window)).toEqual({
      rejected: 'clock',
      detail: 'The event time 12 is 1970-01-01T00:00:12.000Z, older than what is kept.',
    })
    expect(believedTime(9e15, window)).toMatchObject({
      rejected: 'clock',
      detail: 'The event time 9000000000000000 is 2255-03-14T16:00:00.000Z, ahead of our clock.',
    })
    expect(believedTime('noon', window)).toMatchObject({ rejected: 'time' })
  })
})
