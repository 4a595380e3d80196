import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BarResult } from '../../src/lib/fleet/bar-devices.ts'
import { TestFleet } from '../support/fleet.ts'
import type { Running } from '../support/program.ts'

/** The broker looks at the registry each second, and the command asks: whoever is first, the answer is the same. */
describe('block and the look of up', () => {
  let fleet: TestFleet
  let up: Running
  let simulation: Running
  const ids = Array.from({ length: 8 }, (_, index) => `pump-000${index + 1}`)
  beforeAll(async () => {
    fleet = await TestFleet.make()
    up = await fleet.up()
    await fleet.json('device', 'provision', ...ids)
    simulation = fleet.start('simulate', ...ids, '--rate', '1')
    await simulation.line(({ connected }) => connected === ids.length)
  })
  afterAll(async () => {
    await simulation?.[Symbol.asyncDispose]()
    await up?.[Symbol.asyncDispose]()
    await fleet[Symbol.asyncDispose]()
  })

  test.each(ids)('the session that was ended is told, whoever ended it: %s', async (id) => {
    const { evicted } = await fleet.json<BarResult>('device', 'block', id)
    expect(evicted).toEqual([id])
  })
})
