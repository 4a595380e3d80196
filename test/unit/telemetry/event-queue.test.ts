import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventQueue } from '../../../src/lib/telemetry/event-queue.ts'

const event = (at: number) => ({ at: at * 1000, device: 'p', kind: 'connected' as const, body: {} })

describe('events that wait', () => {
  test('the oldest stay when it is full; what is lost is counted and has its place', () => {
    const queue = new EventQueue(2)
    expect([1, 2, 3, 4].map((at) => queue.add(event(at)))).toEqual([true, true, false, false])
    expect(queue.lost).toEqual({ count: 2, at: 4 })
    expect(queue.first(9).map(({ at }) => at)).toEqual([1000, 2000])
    queue.remove(2)
    queue.add(event(5))
    expect(queue.first(9).map(({ at, kind, device, body }) => [at, kind, device, body])).toEqual([
      [3000, 'gap', undefined, { lost: 2, until: 4000 }],
      [5000, 'connected', 'p', {}],
    ])
  })

  test('a gap is told even when nothing comes after it', () => {
    const queue = new EventQueue(1)
    queue.add(event(1))
    queue.add(event(2))
    queue.remove(1)
    expect(queue.size).toBe(1)
    expect(queue.first(9).map(({ kind }) => kind)).toEqual(['gap'])
    queue.remove(1)
    expect(queue.size).toBe(0)
  })

  test('those of another process come first, with their own numbers, and all of them are told at the end', () => {
    const queue = new EventQueue(2)
    queue.add(event(5))
    queue.restore([{ ...event(1), seq: 7 }])
    queue.add(event(6))
    expect(queue.all().map(({ at, seq, kind }) => [at, seq, kind])).toEqual([
      [1000, 7, 'connected'],
      [5000, 0, 'connected'],
      [6000, 1, 'gap'],
    ])
  })

  test('whatever comes and goes: each is stored or counted, none twice, no number twice, in order', () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 9 }) }),
    )
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 8 }), (steps, bound) => {
        const queue = new EventQueue(bound)
        const stored: { at: number; seq: number; kind: string; body: Readonly<Record<string, unknown>> }[] =
          []
        let added = 0
        const take = (count: number) => {
          const first = queue.first(count)
          stored.push(...first)
          queue.remove(first.length)
        }
        for (const one of steps) {
          if ('add' in one) for (let n = 0; n < one.add; n++) queue.add(event(++added))
          else take(one.take)
          expect(queue.size).toBeLessThanOrEqual(bound + 2) // two gaps
        }
        while (queue.size > 0) take(5)
        const gaps = stored.filter(({ kind }) => kind === 'gap')
        const lost = gaps.reduce((sum, { body }) => sum + Number(body['lost']), 0)
        expect(lost).toBe(queue.lost?.count ?? 0)
        expect(stored.length - gaps.length + lost).toBe(added)
        expect(new Set(stored.map(({ seq }) => seq)).size).toBe(stored.length)
        expect(stored.map(({ at }) => at)).toEqual(stored.map(({ at }) => at).toSorted((a, b) => a - b))
      }),
    )
  })
})
