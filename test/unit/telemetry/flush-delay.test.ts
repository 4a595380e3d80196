import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BATCH, BATCH_BYTES, flushDelay, nextBatch } from '../../../src/lib/telemetry/flush-delay.ts'

const quiet = { waiting: 1, took: 5, since: Infinity, closing: false }

describe('a batch leaves', () => {
  test('at once after a quiet time', () => {
    expect(flushDelay(quiet)).toBe(0)
  })

  test('at once when it is full, or when nothing more comes', () => {
    expect(flushDelay({ ...quiet, since: 0, waiting: BATCH })).toBe(0)
    expect(flushDelay({ ...quiet, since: 0, closing: true })).toBe(0)
  })

  test('after a rest twice as long as the store worked', () => {
    expect(flushDelay({ ...quiet, since: 0, took: 40 })).toBe(80)
    expect(flushDelay({ ...quiet, since: 30, took: 40 })).toBe(50)
    expect(flushDelay({ ...quiet, since: 0, took: 0.2 })).toBe(10)
  })

  test('after 200 ms at the latest', () => {
    const state = fc.record({
      waiting: fc.nat(),
      took: fc.double({ min: 0, noNaN: true }),
      since: fc.nat(),
      closing: fc.boolean(),
    })
    fc.assert(
      fc.property(state, (state) => {
        const delay = flushDelay(state)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay + (delay === 0 ? 0 : state.since)).toBeLessThanOrEqual(200)
      }),
    )
  })
})

test('a batch ends at so many messages or bytes, and has one message at least', () => {
  const of = (...bytes: readonly number[]) => bytes.map((length) => ({ payload: { length } as Uint8Array }))
  expect(nextBatch(of())).toBe(0)
  expect(nextBatch(of(...Array.from({ length: BATCH + 1 }, () => 100)))).toBe(BATCH)
  expect(nextBatch(of(...Array.from({ length: BATCH }, () => 100)))).toBe(BATCH)
  expect(nextBatch(of(BATCH_BYTES * 2, 1))).toBe(1)
  expect(nextBatch(of(BATCH_BYTES / 2, BATCH_BYTES / 2, 1))).toBe(2)
})
