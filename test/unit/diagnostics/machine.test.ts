import { expect, test } from 'vitest'
import { diagnoseClock, diagnoseDisk, diagnoseNode } from '../../../src/lib/diagnostics/machine.ts'

const NOW = Date.UTC(2026, 10, 25)

test.each([
  ['24.15.0', 'OK'],
  ['24.14.9', 'NODE_OLD'],
  ['20.19.0', 'NODE_OLD'],
  ['26.0.0', 'OK'],
])('Node %s: %s', (version, code) => {
  expect(diagnoseNode(version).code).toBe(code)
})

test('a clock is behind when something has happened later', () => {
  const past = [
    { what: 'the last change of state.db', at: NOW + 7_200_000 },
    { what: 'the beginning of the CA "root"', at: NOW - 1 },
  ]
  const { code, finding, fix } = diagnoseClock(NOW, past)
  expect([code, finding.includes('state.db is 2 h ahead'), fix?.includes('NTP')]).toEqual([
    'CLOCK_BEHIND',
    true,
    true,
  ])
  expect(diagnoseClock(NOW + 7_199_000, past).code).toBe('OK')
  expect(diagnoseClock(NOW, []).code).toBe('OK')
})

test('room on the disk is enough, little or nothing', () => {
  const codes = [5e9, 5e8, 5e7].map((free) => diagnoseDisk(free, '/srv').code)
  expect(codes).toEqual(['OK', 'DISK_LOW', 'DISK_FULL'])
})
