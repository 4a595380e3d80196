import { expect, test } from 'vitest'
import { InFlight } from '../../../src/lib/device/in-flight.ts'

test('what is unacknowledged keeps its packet id and its order', () => {
  const flight = new InFlight<string>()
  const [a, b, c] = ['a', 'b', 'c'].map((text) => flight.add(text))
  expect(flight.settle(b!)).toBe('b')
  expect(flight.settle(b!)).toBeUndefined()
  const d = flight.add('d')
  expect(flight.all()).toEqual([
    { packetId: a, message: 'a' },
    { packetId: c, message: 'c' },
    { packetId: d, message: 'd' },
  ])
})
