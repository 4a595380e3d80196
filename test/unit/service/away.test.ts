import { expect, test } from 'vitest'
import type { ServiceNote } from '../../../src/lib/registry/state.ts'
import { awaySince } from '../../../src/lib/service/away.ts'

const MINUTE = 60_000

/** A run of so many minutes that began at minute 100. */
const ran = (minutes: number, since: number | undefined): ServiceNote => ({
  ...{ role: 'ingest', host: 'a', pid: 1, stopped: true, lag: 0, failing: undefined },
  startedAt: 100 * MINUTE,
  at: (100 + minutes) * MINUTE,
  awaySince: since,
})

test('who never ran has not been away', () => {
  expect(awaySince(undefined)).toBeUndefined()
})

test('an absence begins with the last sign of life', () => {
  expect(awaySince(ran(1, undefined))).toBe(101 * MINUTE)
  expect(awaySince(ran(30, 40 * MINUTE))).toBe(130 * MINUTE)
})

test('a short run does not end one: both together are as long as what was missed', () => {
  const since = awaySince(ran(2, 40 * MINUTE))! // away for 60 minutes, two at work, and now away for eight
  expect(110 * MINUTE - since).toBe((60 + 8) * MINUTE)
})
