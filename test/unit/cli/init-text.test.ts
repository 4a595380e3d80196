import { expect, test } from 'vitest'
import { initText, nextAfterInit } from '../../../src/lib/cli/init-text.ts'
import type { InitResult } from '../../../src/lib/fleet/init.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'

const made: InitResult = {
  ...{ fleet: 'acme', folder: '/srv/acme', broker: 'embedded', hosts: ['localhost'], operator: 'op.alice' },
  ...{ made: ['fleet.yaml'], store: { kind: 'embedded', problem: null } },
}

test.each([
  ['embedded', 'flotilla up --fleet acme'],
  ['mosquitto', 'flotilla up --fleet acme'],
  ['external', 'flotilla broker config --to DIR --fleet acme'],
] as const)('what comes after a fleet with the broker %s: %s', (broker, next) => {
  expect(nextAfterInit({ ...made, broker }, 'acme')).toBe(next)
})

test('only of a broker that is the user’s own it is said who runs it', () => {
  expect(initText({ ...made, broker: 'external' }, paintAt(0))).toContain('The broker is yours to run')
  expect(initText(made, paintAt(0))).not.toContain('yours to run')
})
