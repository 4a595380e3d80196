import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSPHRASE, TestFleet } from '../support/fleet.ts'
import { killAndGoOn } from '../support/provision-kills.ts'
import { lookAtProvisioned } from '../support/provisioned.ts'

let fleet: TestFleet
let amidst = 0
beforeAll(async () => {
  fleet = await TestFleet.make()
})
afterAll(() => fleet[Symbol.asyncDispose]())

/** Twenty kills in all, five to a batch: all but the first hit runs that go on. */
test.each([
  { layout: 'packs', prefix: 'a', rows: 4500 },
  { layout: 'packs', prefix: 'b', rows: 4500 },
  { layout: 'folders', prefix: 'c', rows: 120 },
  { layout: 'folders', prefix: 'd', rows: 120 },
] as const)(
  '$layout $prefix: killed at any moment and typed again, every device is there once',
  async (plan) => {
    const report = await killAndGoOn({ ...plan, folder: fleet.folder, kills: 5, passphrase: PASSPHRASE })
    expect(report.problems).toEqual([])
    amidst += report.doneAtKill.filter((done) => done > 0 && done < plan.rows).length
  },
)

test('across all of them no serial comes twice, and nothing is left', async () => {
  expect(amidst, 'kills in the middle of a batch').toBeGreaterThan(0)
  expect(await lookAtProvisioned(fleet.folder, { finished: true })).toMatchObject({ problems: [] })
})
