import { expect, test } from 'vitest'
import { partsOf } from '../../../../src/lib/telemetry/questdb/buckets.ts'

const MINUTE = 60_000_000
const HOUR = 60 * MINUTE

test('whole sums cover the middle, rows the edges, and nothing is covered twice', () => {
  expect(partsOf({ from: 3 * MINUTE, to: 10 * HOUR + 1 }, HOUR)).toEqual({
    before: { from: 3 * MINUTE, to: 5 * MINUTE },
    middle: { from: 5 * MINUTE, to: 10 * HOUR },
    after: { from: 10 * HOUR, to: 10 * HOUR + 1 },
  })
  expect(partsOf({ from: 0, to: HOUR }, 5 * MINUTE)).toEqual({
    before: undefined,
    middle: { from: 0, to: HOUR },
    after: undefined,
  })
})

test('intervals that five minutes do not divide, and short times, are read from the rows', () => {
  expect(partsOf({ from: 0, to: 10 * HOUR }, 7 * MINUTE).middle).toBeUndefined()
  expect(partsOf({ from: 0, to: 10 * HOUR }, 5 * MINUTE + 1).middle).toBeUndefined()
  expect(partsOf({ from: 1, to: HOUR }, 5 * MINUTE).middle).toBeUndefined()
})
