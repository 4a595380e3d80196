import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PROFILES, readingOf } from '../../../src/lib/device/profiles.ts'

const id = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9:_-]{0,63}$/)
const moment = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2040, 0, 1) })

/** What each metric may ever be. */
const RANGES = {
  pump: { flow: [0, 6], pressure: [0.5, 5], temperature: [10, 65], rpm: [-10, 3200], vibration: [0, 4] },
  meter: {
    energy: [0, 1_000_000],
    power: [50, 2500],
    voltage: [225, 236],
    current: [0.1, 13],
    frequency: [49.9, 50.1],
    power_factor: [0.9, 1],
  },
  tracker: {
    lat: [47.9, 49.1],
    lon: [10.9, 12.1],
    speed: [0, 60],
    heading: [0, 360],
    battery: [39, 100],
    rssi: [-100, -60],
  },
} as const

describe.each(PROFILES)('%s', (profile) => {
  test('stays what such a device can report, for every device at every time', () => {
    fc.assert(
      fc.property(id, moment, (id, at) => {
        const reading = readingOf(profile, id, at)
        for (const [metric, [low, high]] of Object.entries(RANGES[profile])) {
          expect(reading[metric]).toBeGreaterThanOrEqual(low)
          expect(reading[metric]).toBeLessThanOrEqual(high)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('has six metrics', () => {
    expect(Object.keys(readingOf(profile, 'x', 0))).toHaveLength(6)
  })

  test('is the same for the same device and time, and differs between devices and times', () => {
    fc.assert(
      fc.property(id, moment, (id, at) => {
        const reading = readingOf(profile, id, at)
        expect(readingOf(profile, id, at)).toEqual(reading)
        expect(readingOf(profile, `${id}x`, at)).not.toEqual(reading)
        expect(readingOf(profile, id, at + 3_600_000)).not.toEqual(reading)
      }),
    )
  })
})

test('a meter never counts backwards', () => {
  fc.assert(
    fc.property(id, moment, fc.integer({ min: 0, max: 400 * 86_400_000 }), (id, at, later) => {
      const energy = (when: number): number => Number(readingOf('meter', id, when)['energy'])
      expect(energy(at + later)).toBeGreaterThanOrEqual(energy(at))
    }),
    { numRuns: 1000 },
  )
})

test("a meter's energy is its power over time", () => {
  const from = Date.UTC(2026, 5, 1)
  let wattHours = 0
  for (let minute = 0; minute < 1440; minute++) {
    wattHours += Number(readingOf('meter', 'm1', from + minute * 60_000)['power']) / 60
  }
  const counted =
    Number(readingOf('meter', 'm1', from + 86_400_000)['energy']) -
    Number(readingOf('meter', 'm1', from)['energy'])
  expect(wattHours / 1000 / counted).toBeCloseTo(1, 1)
})

test('a pump runs most of the day, rests some of it, and pumps nothing while it rests', () => {
  const day = Date.UTC(2026, 5, 1)
  const readings = Array.from({ length: 1440 }, (_, minute) => readingOf('pump', 'p1', day + minute * 60_000))
  const resting = readings.filter((reading) => reading['running'] === false)
  expect(resting.length).toBeGreaterThan(3)
  expect(resting.length).toBeLessThan(30)
  expect(resting.every((reading) => Number(reading['flow']) < 0.1)).toBe(true)
})

test('a tracker does not jump', () => {
  const at = Date.UTC(2026, 5, 1)
  const [here, next] = [readingOf('tracker', 't1', at), readingOf('tracker', 't1', at + 1000)]
  expect(Math.abs(Number(here['lat']) - Number(next['lat']))).toBeLessThan(0.001)
})
