import { expect, test } from 'vitest'
import { PacketIds } from '../../../src/lib/mqtt/packet-ids.ts'

test('ids go from 1 to 65 535 and round, never 0 (MQTT-2.3.1-1)', () => {
  const ids = new PacketIds()
  const all = Array.from({ length: 65_536 }, () => ids.next(() => false))
  expect(all[0]).toBe(1)
  expect(Math.min(...all.slice(0, 60_000))).toBe(1)
  expect(all[65_534]).toBe(65_535)
  expect(all[65_535]).toBe(1)
})

test('what is in flight is passed over', () => {
  const ids = new PacketIds()
  expect(ids.next((id) => id < 4)).toBe(4)
})

test('with everything in flight it fails instead of looking for ever', () => {
  expect(() => new PacketIds().next(() => true)).toThrow(RangeError)
})
