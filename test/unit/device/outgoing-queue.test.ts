import { expect, test } from 'vitest'
import { MemoryQueue } from '../../../src/lib/device/outgoing-queue.ts'

const message = (payload: string) => ({ topic: 't', payload })

test('when full, the oldest that is not in flight goes', () => {
  const queue = new MemoryQueue(2)
  expect(queue.add(message('1'))).toBe(true)
  expect(queue.take()).toEqual(message('1'))
  expect(queue.add(message('2'))).toBe(true)
  expect(queue.add(message('3'))).toBe(true)
  expect(queue.add(message('4'))).toBe(false)
  expect(queue.size).toBe(3)
  expect([queue.take(), queue.take(), queue.take()]).toEqual([message('3'), message('4'), undefined])
})

test('what is in flight counts until it is settled', () => {
  const queue = new MemoryQueue(2)
  queue.add(message('1'))
  queue.take()
  expect(queue.size).toBe(1)
  queue.settle()
  expect(queue.size).toBe(0)
})
