import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CollapseCounter } from '../../../src/lib/telemetry/collapsed.ts'
import type { Measurement } from '../../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../../src/lib/telemetry/measurements.ts'

const counter = new CollapseCounter()

function countCollapsed(batch: readonly Measurement[]): number {
  return counter.count(Measurements.of(batch))
}

function reading(device: string, at: number, metric: string, value: number): Measurement {
  return { device, at, metric, value, text: undefined }
}

test('another value for the same device, metric and time is counted, a repetition is not', () => {
  const batch = [
    reading('a', 1, 'm', 1),
    reading('a', 1, 'n', 1),
    reading('b', 1, 'm', 2),
    reading('a', 1, 'm', 1),
  ]
  expect(countCollapsed(batch)).toBe(0)
  expect(countCollapsed([...batch, reading('a', 1, 'm', 5)])).toBe(1)
})

test('counts what a store with one row for each key would lose', () => {
  const measurement = fc
    .tuple(
      fc.constantFrom('a', 'b'),
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(...'mnopqrstuvwxyzMNOPQRSTUVWXYZ'),
      fc.integer({ min: 0, max: 1 }),
    )
    .map(([device, at, metric, value]) => reading(device, at, metric, value))
  fc.assert(
    fc.property(fc.array(measurement, { maxLength: 80 }), fc.boolean(), (unordered, sorted) => {
      const batch = sorted
        ? unordered.toSorted((a, b) => a.at - b.at || (a.device < b.device ? -1 : 1))
        : unordered
      const table = new Map<string, number>()
      let lost = 0
      for (const { device, metric, at, value } of batch) {
        const key = `${device} ${metric} ${at}`
        if (table.has(key) && table.get(key) !== value) lost++
        table.set(key, value!)
      }
      expect(countCollapsed(batch)).toBe(lost)
    }),
    { numRuns: 1000 },
  )
})
