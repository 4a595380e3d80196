import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make({ broker: 'external' })
})
afterAll(() => fleet?.[Symbol.asyncDispose]())

test('init, run again, says what follows on stderr alone', async () => {
  const { code, stdout, stderr } = await flotilla(['init', fleet.folder])
  expect(code).toBe(0)
  expect(stdout).toContain('is complete already')
  expect(stdout).not.toContain('Next:')
  expect(stderr).toMatch(/^Next: flotilla broker config --to DIR --fleet \S+$/m) // its broker is external
})

test.each([
  [['device', 'provision', 'p1', 'p2'], 'device show p1'],
  [['device', 'tag', 'p1', 'hall=B'], 'device list hall=B'],
  [['device', 'list'], 'device show p1'],
  [['device', 'show', 'p1'], 'tail p1'],
  [['device', 'block', 'p1'], 'device show p1'],
  [['device', 'unblock', 'p1'], 'device show p1'],
  [['cert', 'list'], 'cert show \\w+'],
  [['cert', 'show', 'p1'], 'cert verify p1'],
  [['cert', 'issue', 'op.night'], 'broker reload'],
  [['cert', 'crl', 'devices'], 'ca export devices --crl'],
  [['cert', 'revoke', 'p1', '--yes'], 'device show p1'],
  [['device', 'remove', 'p2', '--yes'], 'device list --retired'],
  [['ca', 'show'], 'ca export root --out root.pem'],
  [['audit', 'verify'], 'audit verify --head \\w{64}'],
])('%j prints data on stdout and what follows on stderr', async (args, next) => {
  const { code, stdout, stderr } = await fleet.run(...args)
  expect(code).toBe(0)
  expect(stdout.trim()).not.toBe('')
  expect(stdout).not.toContain('Next:')
  expect(stderr.replace(` --fleet ${fleet.folder}`, '')).toMatch(new RegExp(`^Next: flotilla ${next}$`, 'm'))
})
