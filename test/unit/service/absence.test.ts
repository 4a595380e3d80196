import { describe, expect, test } from 'vitest'
import type { ServiceNote } from '../../../src/lib/registry/state.ts'
import { type Deafness, deafnessAtStart, nextDeafness } from '../../../src/lib/service/absence.ts'

const MINUTE = 60_000
const minutes = (from: number, to: number) => ({ from: from * MINUTE, to: to * MINUTE })

/** A run from minute 100 to minute `end`, and what came before it. */
const ran = (end: number, more: Deafness = {}): ServiceNote => ({
  ...{ role: 'ingest', host: 'a', pid: 1, stopped: true, lag: 0, failing: undefined },
  startedAt: 100 * MINUTE,
  at: end * MINUTE,
  ...more,
})

describe('a role that starts', () => {
  test('and never ran has not been away', () => {
    expect(deafnessAtStart(undefined, 0)).toEqual({})
  })

  test('has been away since its last sign of life', () => {
    expect(deafnessAtStart(ran(101), 110 * MINUTE).absence).toEqual(minutes(101, 110))
    const before = { absence: minutes(40, 100) }
    expect(deafnessAtStart(ran(130, before), 140 * MINUTE).absence).toEqual(minutes(130, 140))
  })

  test('and heard nobody at its end has been so since then', () => {
    expect(deafnessAtStart(ran(130, { deafSince: 120 * MINUTE }), 140 * MINUTE).absence).toEqual(
      minutes(120, 140),
    )
  })

  test('after a short run: both absences together are as long as what was missed', () => {
    const { from, to } = deafnessAtStart(ran(102, { absence: minutes(40, 100) }), 110 * MINUTE).absence!
    expect([to, to - from]).toEqual([110 * MINUTE, (60 + 8) * MINUTE])
  })
})

describe('a role at work', () => {
  test('is deaf from the first moment on until it hears again; then that is an absence', () => {
    const deaf = nextDeafness({}, 10 * MINUTE, 11 * MINUTE)
    expect(deaf).toEqual({ deafSince: 10 * MINUTE })
    expect(nextDeafness(deaf, 12 * MINUTE, 13 * MINUTE)).toEqual(deaf)
    expect(nextDeafness(deaf, undefined, 70 * MINUTE)).toEqual({ absence: minutes(10, 70) })
  })

  test('keeps what it knows while it hears', () => {
    const known = { absence: minutes(10, 70) }
    expect(nextDeafness(known, undefined, 71 * MINUTE)).toEqual(known)
  })

  test('a moment without its broker does not make it forget the hours before', () => {
    const deaf = nextDeafness({ absence: minutes(0, 180) }, 195 * MINUTE, 195 * MINUTE)
    expect(nextDeafness(deaf, undefined, 195.5 * MINUTE).absence).toEqual(minutes(0, 180))
    expect(nextDeafness(deaf, undefined, 197 * MINUTE).absence).toEqual(minutes(195, 197))
  })

  test('a broker that comes and goes every minute ends no absence', () => {
    let known: Deafness = { absence: minutes(0, 60) }
    for (let at = 61; at < 71; at += 2) {
      known = nextDeafness(nextDeafness(known, at * MINUTE, at * MINUTE), undefined, (at + 1) * MINUTE)
    }
    const { from, to } = known.absence!
    expect([to, to - from]).toEqual([70 * MINUTE, (60 + 5) * MINUTE])
  })
})
