import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Reading } from '../../../src/lib/device/agent.ts'
import {
  breaks,
  FAULTS,
  type Fault,
  faultsOf,
  faultyTurn,
  parseFault,
} from '../../../src/lib/device/faults.ts'

const NOW = Date.UTC(2026, 10, 25)
const ids = Array.from({ length: 40 }, (_, index) => `pump-${index}`)

/** What a device sends in so many turns, a second apart, with values that always change. */
function sent(id: string, turns: number, ...faults: readonly Fault[]) {
  let frozen: Reading | undefined
  return Array.from({ length: turns }, (_, turn) => {
    const healthy = { reading: { flow: turn + 1, running: true }, at: NOW + turn * 1000 }
    const result = faultyTurn(id, new Set(faults), turn, healthy, frozen)
    frozen = result.frozen
    return result.reports
  })
}

describe('who has a fault', () => {
  test('is the share asked for, at least one, and always the same', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom(...FAULTS),
        share,
        fc.integer({ min: 1, max: 40 }),
        (fault, share, count) => {
          const some = ids.slice(0, count)
          const faults = faultsOf(some, [{ fault, share }])
          expect(faults.size).toBe(Math.ceil(share * count))
          expect(faultsOf(some, [{ fault, share }])).toEqual(faults)
        },
      ),
    )
  })

  test('is drawn for each fault anew', () => {
    const halves = FAULTS.map((fault) => [...faultsOf(ids, [{ fault, share: 0.5 }]).keys()].sort().join())
    expect(new Set(halves).size).toBe(FAULTS.length)
  })
})

describe('what a device with a fault sends', () => {
  const valuesOf = (id: string, fault: Fault) =>
    sent(id, 100, fault).map((reports) => reports.map(({ reading }) => reading['flow'] as number))

  test('stuck: the same values for ever, at new times', () => {
    const turns = sent('pump-1', 30, 'stuck').flat()
    expect(turns.slice(10).every(({ reading }) => reading['flow'] === 11)).toBe(true)
    expect(new Set(turns.map(({ at }) => at)).size).toBe(30)
    expect(turns[9]!.reading['flow']).toBe(10)
  })

  test('silent: nothing after ten readings', () => {
    expect(valuesOf('pump-1', 'silent').map((values) => values.length)).toEqual([
      ...Array<number>(10).fill(1),
      ...Array<number>(90).fill(0),
    ])
  })

  test('spike: about one reading in twenty is far out, the others are untouched', () => {
    for (const id of ids) {
      const values = valuesOf(id, 'spike').flat()
      const spikes = values.filter((value, turn) => value !== turn + 1)
      expect(spikes.length).toBeGreaterThanOrEqual(4)
      expect(spikes.length).toBeLessThanOrEqual(5)
      expect(Math.min(...spikes)).toBeGreaterThan(100)
    }
  })

  test('clock: a time that nobody believes', () => {
    const offsets = ids.map((id) => sent(id, 1, 'clock')[0]![0]!.at - NOW)
    expect(offsets.every((offset) => offset === 7_200_000 || offset < -10 * 365 * 86_400_000)).toBe(true)
    expect(new Set(offsets).size).toBe(2)
  })

  test('duplicate: each report twice', () => {
    for (const [first, second, ...rest] of sent('pump-1', 5, 'duplicate')) {
      expect(second).toEqual(first)
      expect(rest).toEqual([])
    }
  })

  test('flap: the link breaks every eight seconds, not at the same moment for all', () => {
    const breaksAt = (id: string) =>
      Array.from({ length: 800 }, (_, tick) => NOW + tick * 100).filter((at) => breaks(id, at, at + 100))
    for (const id of ids) expect(breaksAt(id)).toHaveLength(10)
    expect(new Set(ids.map((id) => breaksAt(id)[0])).size).toBeGreaterThan(10)
  })

  test('several at once', () => {
    const turns = sent('pump-1', 12, 'stuck', 'duplicate', 'clock')
    expect(turns[11]).toHaveLength(2)
    expect(turns[11]![0]!.reading['flow']).toBe(11)
  })
})

test('a fault is a name and a share; anything else is refused', () => {
  expect(parseFault('stuck')).toEqual({ fault: 'stuck', share: 0.1 })
  expect(parseFault('flap:1')).toEqual({ fault: 'flap', share: 1 })
  for (const text of ['', 'rust', 'stuck:', 'stuck:0', 'stuck:1.1', 'stuck:x', 'stuck:0.1:2', 'toString'])
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: 'FAULT' }) as Error)
})
