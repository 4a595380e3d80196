import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArrivalClock } from '../../../src/lib/telemetry/arrival-clock.ts'

describe('the time of arrival', () => {
  test('is in microseconds, and unchanged while messages are apart', () => {
    const clock = new ArrivalClock()
    expect([clock.next('a', 5), clock.next('a', 6), clock.next('b', 6)]).toEqual([5000, 6000, 6000])
  })

  test('never repeats for a device, whatever the clock does', () => {
    const arrivals = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 50 })))
    fc.assert(
      fc.property(arrivals, (arrivals) => {
        const clock = new ArrivalClock()
        const last = new Map<string, number>()
        for (const [device, arrivedAt] of arrivals) {
          const at = clock.next(device, arrivedAt)
          expect(at).toBeGreaterThan(last.get(device) ?? -1)
          expect(at).toBeGreaterThanOrEqual(arrivedAt * 1000)
          last.set(device, at)
        }
      }),
    )
  })

  test('stays strict for a device among many thousand others that come once', () => {
    const clock = new ArrivalClock()
    let last = 0
    for (let other = 0; other < 20_000; other++) {
      clock.next(`other-${other}`, 1000 + other)
      const at = clock.next('a', 1000 + Math.floor(other / 100) * 100)
      expect(at).toBeGreaterThan(last)
      last = at
    }
  })
})
