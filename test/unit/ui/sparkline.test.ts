import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sparkline } from '../../../src/lib/ui/sparkline.ts'

test.each([
  [[1, 2, 3, 4, 5, 6, 7, 8], '▁▂▃▄▅▆▇█'],
  [[0, undefined, 10], '▁ █'],
  [[5, 5, 5], '▄▄▄'],
  [[Number.NaN, 1, Number.POSITIVE_INFINITY], ' ▄ '],
  [[], ''],
])('%j is %j', (values, line) => {
  expect(sparkline(values, true)).toBe(line)
})

test('is ASCII where the terminal has no more', () => {
  expect(sparkline([1, 2, 3], false)).toBe('_=#')
})

test('is one character a value, whatever the values', () => {
  const value = fc.option(fc.double(), { nil: undefined })
  fc.assert(
    fc.property(fc.array(value), (values) => {
      expect([...sparkline(values, true)]).toHaveLength(values.length)
    }),
  )
})
