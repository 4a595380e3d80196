import { expect, test } from 'vitest'
import { Suspicion } from '../../../src/lib/mqtt/suspicion.ts'

function raised(): Suspicion {
  const suspicion = new Suspicion()
  suspicion.raise(1000)
  suspicion.opened(61_000)
  return suspicion
}

test('what the new connection brings at once had been held back, and is told once', () => {
  const suspicion = raised()
  expect(suspicion.confirm(61_020)).toBe(60_000)
  expect(suspicion.confirm(61_030)).toBeUndefined()
})

test('what comes later had not', () => {
  const suspicion = raised()
  expect(suspicion.confirm(62_001)).toBeUndefined()
  expect(suspicion.confirm(62_002)).toBeUndefined()
})

test('without a suspicion no message confirms one; a failure to connect drops it', () => {
  const suspicion = new Suspicion()
  suspicion.opened(5)
  expect(suspicion.confirm(6)).toBeUndefined()
  suspicion.raise(6)
  expect(suspicion.isOpening).toBe(true)
  suspicion.drop()
  expect(suspicion.isOpening).toBe(false)
  suspicion.opened(7)
  expect(suspicion.confirm(8)).toBeUndefined()
})
