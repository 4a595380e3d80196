import { expect, test } from 'vitest'
import { diagnoseDeaths } from '../../../src/lib/diagnostics/broker-deaths.ts'

const NOW = Date.UTC(2026, 10, 25, 12)
const DAY = 86_400_000

const diagnosed = (...deaths: readonly (readonly [number, string])[]) =>
  diagnoseDeaths(
    deaths.map(([at, how]) => ({ at, how })),
    NOW,
  )

test('what is longer ago than a day is history', () => {
  expect(diagnosed([NOW - DAY, 'signal SIGSEGV'])).toMatchObject({ level: 'ok' })
})

test('it is said how often, when last and how', () => {
  const { level, code, finding } = diagnosed([NOW - 9000, 'exit code 1'], [NOW - 1000, 'signal SIGSEGV'])
  expect([level, code]).toEqual(['warn', 'BROKER_RESTARTED'])
  expect(finding).toContain('2 times within 24 hours')
  expect(finding).toContain('the last time 1 s ago (signal SIGSEGV)')
})

test.each([
  ['signal SIGKILL', 'want of memory'],
  ['signal SIGSEGV', 'Use a newer one'],
  ['signal SIGABRT', 'Use a newer one'],
  ['signal SIGTERM', 'Somebody ended it'],
  ['exit code 0', 'Somebody ended it'],
  ['exit code 1', 'started by hand'],
  ['Error: spawn mosquitto ENOENT', 'started by hand'],
])('the fix is about its last death: %s', (how, fix) => {
  expect(diagnosed([NOW - 5, 'exit code 3'], [NOW, how]).fix).toContain(fix)
})
