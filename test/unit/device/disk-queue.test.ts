import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DiskQueues } from '../../../src/lib/device/disk-queue.ts'
import type { Outgoing, OutgoingQueue } from '../../../src/lib/device/outgoing-queue.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flotilla-queue-'))
  file = path.join(folder, 'queue.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const message = (number: number): Outgoing => ({ topic: 't', payload: String(number) })

function takeAll(queue: OutgoingQueue): number[] {
  const numbers: number[] = []
  for (let next = queue.take(); next !== undefined; next = queue.take()) numbers.push(Number(next.payload))
  return numbers
}

describe('a queue on the disk', () => {
  test('gives what an earlier process left, what was in flight included, and nothing that was settled', () => {
    const first = new DiskQueues(file, { bound: 100, keep: 'newest' })
    const queue = first.of('pump-1')
    for (let number = 1; number <= 5; number++) queue.add(message(number))
    first.of('pump-2').add(message(99))
    queue.settle(queue.take()!)
    queue.take()
    expect(queue.size).toBe(4)
    first[Symbol.dispose]()
    using second = new DiskQueues(file, { bound: 100, keep: 'newest' })
    const again = second.of('pump-1')
    expect(again.size).toBe(4)
    again.add(message(6))
    expect(takeAll(again)).toEqual([2, 3, 4, 5, 6])
  })

  test.each([
    { keep: 'newest', left: [3, 4] },
    { keep: 'oldest', left: [1, 2] },
  ] as const)('when full, the $keep stay, and each loss is told', ({ keep, left }) => {
    using queues = new DiskQueues(file, { bound: 2, keep })
    const queue = queues.of('pump-1')
    expect([1, 2, 3, 4].map((number) => queue.add(message(number)))).toEqual([true, true, false, false])
    expect(takeAll(queue)).toEqual(left)
  })

  test('behaves as a list would, however it is used and whenever it is opened anew', () => {
    const step = fc.constantFrom('add', 'add', 'take', 'settle', 'reopen')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom('newest', 'oldest'), (steps, keep) => {
        const here = path.join(folder, `${Math.random()}.db`)
        let queues = new DiskQueues(here, { bound: 4, keep })
        let queue = queues.of('p')
        let waiting: number[] = []
        let flying: { message: Outgoing; number: number }[] = []
        for (const [number, what] of steps.entries()) {
          if (what === 'add') {
            const isFull = waiting.length >= 4
            expect(queue.add(message(number))).toBe(!isFull)
            if (!isFull || keep === 'newest') waiting = [...waiting.slice(isFull ? 1 : 0), number]
          } else if (what === 'take') {
            const taken = queue.take()
            expect(taken && Number(taken.payload)).toBe(waiting.shift())
            if (taken !== undefined) flying.push({ message: taken, number: Number(taken.payload) })
          } else if (what === 'settle') {
            const settled = flying.shift()
            if (settled !== undefined) queue.settle(settled.message)
          } else {
            queues[Symbol.dispose]()
            queues = new DiskQueues(here, { bound: 4, keep })
            queue = queues.of('p')
            waiting = [...flying.map((one) => one.number), ...waiting].toSorted((a, b) => a - b)
            flying = []
          }
          expect(queue.size).toBe(waiting.length + flying.length)
        }
        queues[Symbol.dispose]()
      }),
      { numRuns: 40 },
    )
  })

  test('a file that is no database is refused in words', () => {
    expect(() => new DiskQueues(folder, { bound: 1, keep: 'newest' })).toThrow(
      expect.objectContaining({ code: 'QUEUE_FILE' }) as Error,
    )
  })
})
