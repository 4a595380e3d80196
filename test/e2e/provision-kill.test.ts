import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSPHRASE, TestFleet } from '../support/fleet.ts'
import { type KillPlan, killAndGoOn, undisturbed } from '../support/provision-kills.ts'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make()
})
afterAll(() => fleet[Symbol.asyncDispose]())

/** Twenty kills in all, two to a batch: the second hits a run that goes on. */
test.each([
  { layout: 'packs', rows: 2200, rounds: 5 },
  { layout: 'folders', rows: 220, rounds: 5 },
] as const)(
  '$layout: killed at any moment and typed again, every device is there once',
  async ({ layout, rows, rounds }) => {
    const plan = (prefix: string, count: number): KillPlan => {
      return { folder: fleet.folder, prefix, rows: count, layout, kills: 2, passphrase: PASSPHRASE }
    }
    const startTime = await undisturbed(plan(`${layout}-one`, 1))
    const whole = await undisturbed(plan(`${layout}-all`, rows))
    let amidst = 0
    for (let round = 0; round < rounds; round++) {
      const report = await killAndGoOn(plan(`${layout}-${round}`, rows), whole - startTime, startTime * 0.9)
      expect(report.problems).toEqual([])
      amidst += report.doneAtKill.filter((done) => done > 0 && done < rows).length
    }
    expect(amidst, 'kills that hit a batch in the middle').toBeGreaterThan(0)
  },
)
