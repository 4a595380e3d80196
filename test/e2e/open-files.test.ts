import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make()
  await fleet.json('device', 'provision', '--count', '60', '--prefix', 'pump')
})
afterAll(() => fleet[Symbol.asyncDispose]())

/** `simulate` where so many files may be open. */
function simulate(limit: number, ...args: readonly string[]) {
  const words = [process.execPath, RUN, 'simulate', '--json', '--fleet', fleet.folder, ...args]
  return spawnSync('sh', ['-c', `ulimit -n ${limit} && exec "$@"`, 'sh', ...words], { encoding: 'utf8' })
}

test('simulate says beforehand that more files would be open than may be, and what goes', async () => {
  const { status, stdout } = simulate(140)
  expect(status).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'DESCRIPTORS_FEW', hint: expect.stringContaining('--count 40') },
  })
  await using _ = await fleet.up()
  const fewer = simulate(140, '--count', '40', '--for', '3s')
  expect(fewer.status).toBe(0)
  expect(fewer.stdout).toContain('"connected":40')
})
