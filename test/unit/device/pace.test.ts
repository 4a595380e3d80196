import { expect, test } from 'vitest'
import { Pace } from '../../../src/lib/device/pace.ts'

test('every device has its turn once a period, one after the other', () => {
  const pace = new Pace(4, 1, 0)
  expect([...pace.due(0)]).toEqual([])
  expect([...pace.due(250)]).toEqual([0])
  expect([...pace.due(999)]).toEqual([1, 2])
  expect([...pace.due(1999)]).toEqual([3, 0, 1, 2])
})

test('a rate below one a second is kept over hours', () => {
  const pace = new Pace(3, 0.1, 0)
  let turns = 0
  for (let now = 0; now <= 3_600_000; now += 20) turns += [...pace.due(now)].length
  expect(turns).toBe(3 * 360)
})

test('a stall is caught up for one round or one second, not more', () => {
  const pace = new Pace(3, 1, 0)
  expect([...pace.due(3_600_000)]).toHaveLength(3)
  expect([...pace.due(3_600_000)]).toEqual([])
  expect([...new Pace(3, 10, 0).due(3_600_000)]).toHaveLength(30)
})
