import { expect, test } from 'vitest'
import type { Admission } from '../../../../src/lib/broker/broker.ts'
import { NOBODY, newlyOut, outOf } from '../../../../src/lib/broker/mosquitto/out.ts'

const admission = (barred: readonly string[], revoked: Admission['revoked'] = []): Admission => ({
  trust: {
    server: { key: '', chain: '' },
    devices: { certificates: [], crls: [] },
    staff: { certificates: [], crls: [] },
  },
  barred,
  revoked,
})

test('only who was not out before is to go, and each once', () => {
  const first = admission(['p1'], [{ serial: 'A', subject: 'p1' }])
  expect(newlyOut(NOBODY, first)).toEqual(['p1'])
  expect(newlyOut(outOf(first), first)).toEqual([])
  // Its first certificate is on the list already; the second is new.
  const second = admission([], [...first.revoked!, { serial: 'B', subject: 'p1' }])
  expect(newlyOut(outOf(first), second)).toEqual(['p1'])
})

test('who was let in again and is barred again has to go again', () => {
  expect(newlyOut(outOf(admission([])), admission(['p1']))).toEqual(['p1'])
})
