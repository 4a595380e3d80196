import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Measurement } from '../../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../../src/lib/telemetry/measurements.ts'

const measurement: fc.Arbitrary<Measurement> = fc
  .record({
    device: fc.constantFrom('a', 'b'),
    metric: fc.constantFrom('m', 'n'),
    at: fc.maxSafeInteger(),
    value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
    text: fc.option(fc.string(), { nil: undefined }),
  })
  .filter(({ value, text }) => value !== undefined || text !== undefined)

test('what goes in comes out, in its order, however much of it was cut off or came from others', () => {
  const some = fc.array(measurement, { maxLength: 40 })
  fc.assert(
    fc.property(some, some, fc.nat(40), fc.nat(40), (own, others, kept, from) => {
      const rows = Measurements.of(own)
      expect([...rows]).toEqual(own)
      const [length, start] = [Math.min(kept, own.length), Math.min(from, others.length)]
      rows.cut(length)
      rows.append(Measurements.of(others), start, others.length)
      expect([...rows]).toEqual([...own.slice(0, length), ...others.slice(start)])
    }),
  )
})

test.each([
  ['half a microsecond', { at: 0.5, value: 1 }],
  ['no moment', { at: Number.NaN, value: 1 }],
  ['an infinite number', { at: 1, value: Infinity }],
  ['no number', { at: 1, value: Number.NaN }],
])('what no store takes does not get in: %s', (_, { at, value }) => {
  expect(() => Measurements.of([{ device: 'a', metric: 'm', at, value, text: undefined }])).toThrow(
    RangeError,
  )
})
