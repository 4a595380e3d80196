import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { valueScale } from '../../../../src/lib/ui/plot/value-scale.ts'

test.each([
  [2.1, 3.4, 5, ['2.0', '2.5', '3.0', '3.5']],
  [0, 100, 5, ['0', '50', '100']],
  [-1, 1, 5, ['-1.0', '-0.5', '0.0', '0.5', '1.0']],
  [0.001, 0.002, 3, ['0.0010', '0.0015', '0.0020']],
  [1e9, 3e9, 3, ['1e+9', '2e+9', '3e+9']],
])('from %d to %d with %i ticks: %j', (least, greatest, most, labels) => {
  const { ticks, label } = valueScale(least, greatest, most)
  expect(ticks.map(label)).toEqual(labels)
})

test('every scale holds its values, has few ticks that rise, and labels that differ', () => {
  const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e299, max: 1e299 })
  fc.assert(
    fc.property(value, value, fc.integer({ min: 2, max: 12 }), (a, b, most) => {
      const [least, greatest] = [Math.min(a, b), Math.max(a, b)]
      const { low, high, ticks, label } = valueScale(least, greatest, most)
      const slack = Math.max(Math.abs(least), Math.abs(greatest)) * 1e-12
      expect(low).toBeLessThanOrEqual(least + slack)
      expect(high).toBeGreaterThanOrEqual(greatest - slack)
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(most + 3)
      expect(new Set(ticks.map(label)).size).toBe(ticks.length)
      for (const [index, tick] of ticks.slice(1).entries()) expect(tick).toBeGreaterThan(ticks[index]!)
    }),
  )
})
