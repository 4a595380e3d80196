import { expect, test } from 'vitest'
import { countedIds } from '../../../src/lib/provisioning/device-ids.ts'

test('counted ids have one hyphen before the number, whether the prefix brings it or not', () => {
  expect(countedIds('pump', 2)).toEqual(['pump-0001', 'pump-0002'])
  expect(countedIds('pump-', 2)).toEqual(countedIds('pump', 2))
})

test('those before the ten thousandth keep their names', () => {
  const ids = countedIds('p', 10_000)
  expect([ids[0], ids.at(-2), ids.at(-1)]).toEqual(['p-0001', 'p-9999', 'p-10000'])
})

test('a prefix that makes no device id is refused', () => {
  expect(() => countedIds('a b', 1)).toThrow(expect.objectContaining({ code: 'DEVICE_ID' }))
})
