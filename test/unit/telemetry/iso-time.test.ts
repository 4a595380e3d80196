import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventTime } from '../../../src/lib/telemetry/event-time.ts'
import { readIsoTime } from '../../../src/lib/telemetry/iso-time.ts'

test('a time is what the reader of all times makes of it, or is left to that one', () => {
  const digits = (most: number) =>
    fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(2, '0'))
  const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,10}$/), fc.constant('.'))
  const time = fc
    .tuple(
      fc.integer({ min: 0, max: 9999 }),
      digits(13),
      digits(32),
      digits(25),
      digits(61),
      digits(61),
      fraction,
    )
    .map(([year, month, day, hour, minute, second, rest]) => {
      const date = `${String(year).padStart(4, '0')}-${month}-${day}`
      return `${date}T${hour}:${minute}:${second}${rest}`
    })
  const into = new Float64Array(1)
  let read = 0
  fc.assert(
    fc.property(time, (text) => {
      const end = readIsoTime(Buffer.from(`"${text}Z"`), 1, into, 0)
      const whole = end === text.length + 1
      if (whole) read++
      expect(whole ? into[0] : undefined).toBe(eventTime(`${text}Z`))
    }),
    { numRuns: 20_000 },
  )
  expect(read).toBeGreaterThan(1000)
})

test('what is cut off or no digit is none', () => {
  for (const text of [
    '2026-11-25T12:00:0x',
    '2o26-11-25T12:00:00',
    '2026-11-25 12:00:00',
    '2026-11-25T12:00:0',
  ])
    expect(readIsoTime(Buffer.from(text), 0, new Float64Array(1), 0)).toBe(-1)
})
