import { expect, test } from 'vitest'
import { Sample } from '../../../src/lib/batch/sample.ts'

test('fewer items than asked for are all in it', () => {
  const sample = new Sample<number>(5)
  for (const item of [1, 2, 3]) sample.add(item)
  expect(sample.items).toEqual([1, 2, 3])
})

test('every item has the same chance', () => {
  const counts = Array.from({ length: 20 }, () => 0)
  for (let round = 0; round < 4000; round++) {
    const sample = new Sample<number>(5)
    for (let item = 0; item < 20; item++) sample.add(item)
    expect(new Set(sample.items).size).toBe(5)
    for (const item of sample.items) counts[item]!++
  }
  // 1 000 each; six standard deviations are 164.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200)
})
