import { setImmediate } from 'node:timers/promises'
import { array, assert, asyncProperty, nat } from 'fast-check'
import { expect, test } from 'vitest'
import { Unstored } from '../../../../src/lib/broker/embedded/unstored.ts'

test('PUBACKs leave in the order of arrival, whatever the order of storing, and none before its message is stored', async () => {
  await assert(
    asyncProperty(array(nat(), { minLength: 1, maxLength: 30 }), async (order) => {
      const acknowledged: number[] = []
      const unstored = new Unstored({
        write: (bytes) => {
          for (let offset = 2; offset < bytes.length; offset += 4)
            acknowledged.push(bytes.readUInt16BE(offset))
        },
        onFull: () => {},
        onFailure: () => {},
      })
      const messages = order.map(() => Promise.withResolvers<void>())
      messages.forEach(({ promise }, index) => void unstored.add(index + 1, 10, promise))
      const turns = order.map((weight, index) => ({ weight, index })).toSorted((a, b) => a.weight - b.weight)
      const stored = new Set<number>()
      for (const { index } of turns) {
        messages[index]!.resolve()
        stored.add(index + 1)
        await setImmediate()
        await setImmediate()
        const ready = order.findIndex((_, place) => !stored.has(place + 1))
        expect(acknowledged.length).toBe(ready === -1 ? order.length : ready)
      }
      expect(acknowledged).toEqual(order.map((_, index) => index + 1))
    }),
    { numRuns: 50 },
  )
})

test('says when it is full and when there is room again, once each', async () => {
  const told: boolean[] = []
  const unstored = new Unstored({ write: () => {}, onFull: (full) => told.push(full), onFailure: () => {} })
  const messages = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
  messages.forEach(({ promise }, index) => void unstored.add(index + 1, 128 * 1024, promise))
  expect(told).toEqual([true])
  for (const { resolve } of messages) resolve()
  await unstored.idle()
  expect(told).toEqual([true, false])
})

test('a message that fails is not acknowledged, nor is what came after it', async () => {
  const written: Buffer[] = []
  let failures = 0
  const unstored = new Unstored({
    write: (bytes) => written.push(bytes),
    onFull: () => {},
    onFailure: () => failures++,
  })
  void unstored.add(1, 1, Promise.reject(new Error('no')))
  void unstored.add(2, 1, Promise.resolve())
  await unstored.idle()
  expect(written).toEqual([])
  expect(failures).toBe(1)
})
