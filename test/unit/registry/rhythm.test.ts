import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hearingOf, nextRhythm, patienceOf, quietFor } from '../../../src/lib/registry/rhythm.ts'

const SECOND = 1000
const HOUR = 3_600_000

function rhythmOf(intervals: readonly number[], start?: number): number | undefined {
  return intervals.reduce<number | undefined>((rhythm, interval) => nextRhythm(rhythm, interval), start)
}

const steady = (interval: number, count: number): number[] => Array<number>(count).fill(interval)

describe('the rhythm of a device', () => {
  test('is its interval, with the jitter that intervals have', () => {
    const jittered = fc.array(fc.integer({ min: 55, max: 65 }), { minLength: 30, maxLength: 100 })
    fc.assert(
      fc.property(jittered, (intervals) => {
        const rhythm = rhythmOf(intervals)!
        expect(rhythm).toBeGreaterThan(50)
        expect(rhythm).toBeLessThan(70)
      }),
    )
  })

  test('one outage hardly moves it, and a first interval of weeks is forgotten', () => {
    const once = rhythmOf([...steady(10 * SECOND, 20), 24 * HOUR])!
    expect(once).toBe(15 * SECOND)
    expect(rhythmOf(steady(10 * SECOND, 12), once)!).toBeLessThan(11 * SECOND)
    expect(rhythmOf(steady(10 * SECOND, 60), 500 * HOUR)!).toBeLessThan(11 * SECOND)
  })

  test('a new habit is learnt', () => {
    const slower = rhythmOf([...steady(10 * SECOND, 50), ...steady(HOUR, 20)])!
    expect(slower).toBeGreaterThan(0.5 * HOUR)
    const faster = rhythmOf([...steady(HOUR, 50), ...steady(10 * SECOND, 40)])!
    expect(faster).toBeLessThan(20 * SECOND)
  })

  test('stays within twice the median where intervals are of two kinds', () => {
    for (let seed = 0; seed < 20; seed++) {
      let state = seed + 1
      const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
      const intervals = Array.from({ length: 400 }, () => (random() < 0.75 ? 60 * SECOND : HOUR))
      const rhythm = rhythmOf(intervals)!
      expect(rhythm).toBeGreaterThanOrEqual(50 * SECOND)
      expect(rhythm).toBeLessThan(10 * 60 * SECOND)
    }
  })
})

describe('silence', () => {
  const heard = { messages: 5, lastMessage: 0, rhythm: HOUR }

  test('is five intervals without a message, and two minutes at least', () => {
    expect(patienceOf({ rhythm: 1000 })).toBe(120_000)
    expect(hearingOf(heard, 5 * HOUR)).toBe('reporting')
    expect(hearingOf(heard, 5 * HOUR + 1)).toBe('silent')
    expect(hearingOf({ ...heard, rhythm: 1000 }, 120_000)).toBe('reporting')
    expect(hearingOf({ ...heard, rhythm: undefined }, 120_001)).toBe('silent')
  })

  test('cannot be told with fewer than five messages', () => {
    expect(hearingOf({ ...heard, messages: 4 }, 1000 * HOUR)).toBe('unknown')
    expect(hearingOf({ messages: 0, lastMessage: undefined, rhythm: undefined }, 0)).toBe('never')
    expect(hearingOf(undefined, 0)).toBe('never')
  })
})

describe('while ingest was away', () => {
  const absence = { from: 10 * HOUR, to: 14 * HOUR }

  test('nobody was silent: only what could be heard counts', () => {
    expect(quietFor(9 * HOUR, 15 * HOUR, absence)).toBe(2 * HOUR) // before and after it
    expect(quietFor(12 * HOUR, 15 * HOUR, absence)).toBe(HOUR) // heard by another service meanwhile
    expect(quietFor(14 * HOUR, 15 * HOUR, absence)).toBe(HOUR)
    expect(quietFor(9 * HOUR, 15 * HOUR)).toBe(6 * HOUR)
  })

  test('a device has its whole patience left when it was heard last before the end', () => {
    const heard = { messages: 9, lastMessage: 10 * HOUR, rhythm: 10 * SECOND }
    expect(hearingOf(heard, 14 * HOUR, absence)).toBe('reporting')
    expect(hearingOf(heard, 14 * HOUR + 119 * SECOND, absence)).toBe('reporting')
    expect(hearingOf(heard, 14 * HOUR + 121 * SECOND, absence)).toBe('silent')
    expect(hearingOf(heard, 14 * HOUR)).toBe('silent')
  })
})
