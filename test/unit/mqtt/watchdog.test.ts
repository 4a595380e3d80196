import { expect, test } from 'vitest'
import { watch, watchFrom } from '../../../src/lib/mqtt/watchdog.ts'

const PATIENCE = 1000
const quiet = { connected: true, outstanding: 0 }

test('a connection that brings nothing is opened anew after the patience, not before', () => {
  const state = watchFrom(5000, PATIENCE)
  expect(watch(state, { ...quiet, now: 5999 }, PATIENCE).reconnect).toBe(false)
  expect(watch(state, { ...quiet, now: 6000 }, PATIENCE).reconnect).toBe(true)
})

test('not while messages are unacknowledged: the broker may be waiting for us', () => {
  const view = { connected: true, outstanding: 1, now: 1_000_000 }
  expect(watch(watchFrom(0, PATIENCE), view, PATIENCE).reconnect).toBe(false)
})

test('not while there is no connection', () => {
  const view = { connected: false, outstanding: 0, now: 1_000_000 }
  expect(watch(watchFrom(0, PATIENCE), view, PATIENCE).reconnect).toBe(false)
})

test('each reconnect in vain doubles the patience, up to sixteen times', () => {
  let state = watchFrom(0, PATIENCE)
  const pauses: number[] = []
  for (let now = 0, last = 0; now < 200_000; now += 100) {
    const { state: next, reconnect } = watch(state, { ...quiet, now }, PATIENCE)
    state = next
    if (reconnect) {
      pauses.push(now - last)
      last = now
    }
  }
  expect(pauses.slice(0, 7)).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 16_000])
})
