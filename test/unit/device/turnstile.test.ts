import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Turnstile } from '../../../src/lib/device/turnstile.ts'

test('no more than the limit are inside, and all get in, in order', async () => {
  const gate = new Turnstile(3)
  const order: number[] = []
  let inside = 0
  let most = 0
  for (let index = 0; index < 20; index++) {
    gate.enter(() => {
      order.push(index)
      inside++
      most = Math.max(most, inside)
      setImmediate(() => {
        inside--
        gate.leave()
      })
    })
  }
  while (order.length < 20) await turn()
  expect(most).toBe(3)
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

test('after everybody left, there is room for the limit again', async () => {
  const gate = new Turnstile(1)
  let entered = 0
  gate.enter(() => entered++)
  gate.enter(() => entered++)
  gate.leave()
  await turn()
  gate.leave()
  gate.enter(() => entered++)
  gate.enter(() => entered++)
  expect(entered).toBe(3)
})
