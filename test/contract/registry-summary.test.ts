import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { BEAT, ENOUGH, type Heard, hearingOf, nextRhythm } from '../../src/lib/registry/rhythm.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { type Databases, DRIVERS } from './registry-drivers.ts'

const MINUTE = 60_000
const DAY = 86_400_000

describe.each(DRIVERS)('how devices are, on $name', ({ make }) => {
  let databases: Databases
  let registry: Registry
  let state: State

  beforeEach(async () => {
    databases = await make()
    state = await databases.openState()
    registry = await databases.openRegistry()
  })
  afterEach(() => databases[Symbol.asyncDispose]())

  const add = (...ids: readonly string[]) =>
    registry.change('op.a', { action: 'a', subject: 's' }, (to) =>
      to.addDevices(ids.map((id) => ({ id, life: 'issued', tags: {} }))),
    )
  const certificate = (subject: string, serial: string, notAfter: number) => ({
    subject,
    serial,
    notAfter,
    notBefore: 0,
    thumbprint: serial.toLowerCase(),
    profile: 'device' as const,
    issuer: 'devices',
  })
  const hear = async (device: string, ...moments: readonly number[]) => {
    for (const at of moments) await state.noteSeen([{ device, at, messages: 1 }])
  }

  test('the stored rhythm is the one of the model, however the messages come', async () => {
    let number = 0
    const gaps = fc.array(fc.oneof(fc.nat(30_000), fc.nat(2 * MINUTE), fc.nat(DAY)), { maxLength: 12 })
    const away = fc.tuple(fc.nat(DAY), fc.nat(DAY))
    await fc.assert(
      fc.asyncProperty(gaps, fc.nat(3 * DAY), away, async (intervals, quiet, [back, length]) => {
        const device = `pump-${number++}`
        await add(device)
        const moments = intervals.map((_, index) => intervals.slice(0, index + 1).reduce((a, b) => a + b, 1))
        await hear(device, ...moments)
        const expected = model(moments)
        const now = (moments.at(-1) ?? 0) + quiet
        const missing = await registry.silent({ now: 1000 * DAY, limit: 1000 })
        const found = missing.find(({ id }) => id === device)
        if (expected !== undefined && expected.messages >= ENOUGH)
          expect(found?.rhythm ?? 0).toBeCloseTo(expected.rhythm ?? 0, 3)
        else expect(found).toBeUndefined()
        const isSilent = (await registry.silent({ now, limit: 1000 })).some(({ id }) => id === device)
        expect(isSilent).toBe(hearingOf(expected, now) === 'silent')
        const absence = { from: now - back - length, to: now - back }
        const missed = await registry.silent({ now, absence, limit: 1000 })
        expect(missed.some(({ id }) => id === device)).toBe(hearingOf(expected, now, absence) === 'silent')
        expect((await registry.summary(now, absence)).silent).toBe(missed.length)
      }),
      { numRuns: 60 },
    )
  })

  test('each device is counted once, and who was told to be quiet is not missed', async () => {
    await add('fine', 'quiet', 'new', 'seldom', 'blocked', 'gone')
    const steady = [0, 1, 2, 3, 4, 5].map((minute) => minute * MINUTE)
    await hear('fine', ...steady.map((at) => at + 60 * MINUTE))
    for (const id of ['quiet', 'blocked', 'gone', 'stranger']) await hear(id, ...steady)
    await hear('seldom', 0, MINUTE)
    await state.noteSeen([{ device: 'new', at: 0, messages: 0 }])
    await registry.change('op.a', { action: 'a', subject: 's' }, async (to) => {
      await to.setBlocked(['blocked'], true)
      await to.setLife(['gone'], 'retired')
      await to.addDevices([{ id: 'paper', life: 'registered', tags: {} }])
    })
    expect(await registry.summary(66 * MINUTE)).toEqual({
      devices: 6,
      blocked: 1,
      shutOut: 0,
      reporting: 1,
      silent: 1,
      rhythmUnknown: 1,
      neverHeard: 2,
      registered: 1,
      retired: 1,
      unknown: 1,
    })
    expect(await registry.silent({ now: 66 * MINUTE, limit: 5 })).toEqual([
      { id: 'quiet', lastMessage: 5 * MINUTE, rhythm: MINUTE },
    ])
  })

  test('who has no good certificate cannot report, and is not missed', async () => {
    await add('revoked', 'ended', 'renewed', 'strange', 'new')
    const steady = [0, 1, 2, 3, 4, 5].map((minute) => minute * MINUTE)
    for (const id of ['revoked', 'ended', 'renewed', 'strange']) await hear(id, ...steady)
    await registry.change('op.a', { action: 'a', subject: 's' }, async (to) => {
      await to.addCertificates([
        certificate('REVOKED', 'A1', DAY),
        certificate('ended', 'B1', 66 * MINUTE),
        certificate('renewed', 'C1', MINUTE),
        certificate('renewed', 'C2', DAY),
        certificate('renewed', 'C3', DAY),
        certificate('new', 'D1', DAY),
      ])
      await to.revokeCertificates(['A1', 'C3', 'D1'], MINUTE)
    })
    const now = 66 * MINUTE
    expect(await registry.summary(now)).toMatchObject({ shutOut: 3, silent: 2, neverHeard: 0 })
    const missed = (await registry.silent({ now, limit: 9 })).map(({ id }) => id)
    expect(missed.toSorted()).toEqual(['renewed', 'strange'])
    expect(await registry.summary(now - 1)).toMatchObject({ shutOut: 2, silent: 3 })
  })

  test('an empty fleet is counted too', async () => {
    expect(Object.values(await registry.summary(0)).every((count) => count === 0)).toBe(true)
    expect(await registry.endingCertificates({ before: DAY, limit: 1 })).toEqual({ devices: 0, first: [] })
  })

  test('a certificate that is followed by a later one is not ending', async () => {
    await add('a', 'b', 'c')
    await registry.change('op.a', { action: 'a', subject: 's' }, async (to) => {
      await to.addCertificates([
        certificate('a', 'A1', 5),
        certificate('a', 'A2', DAY),
        certificate('b', 'B1', 7),
        certificate('b', 'B2', 6),
        certificate('c', 'C1', 3),
        certificate('c', 'C2', DAY),
      ])
      await to.revokeCertificates(['C2'], 1)
    })
    expect(await registry.endingCertificates({ before: 100, limit: 10 })).toEqual({
      devices: 2,
      first: [
        { device: 'c', notAfter: 3 },
        { device: 'b', notAfter: 7 },
      ],
    })
    expect(await registry.endingCertificates({ before: 100, limit: 1 })).toMatchObject({ devices: 2 })
  })

  test('of each role the last note stands', async () => {
    const note = {
      role: 'ingest',
      host: 'a',
      pid: 1,
      startedAt: 1,
      at: 2,
      stopped: false,
      lag: 0,
      absence: { from: 0, to: 1 },
    }
    const spool = { messages: 9, bytes: 1, bound: 2, since: 3, holding: { since: 4, message: 'full' } }
    await state.noteServices([{ ...note, failing: 'the disk is full', spool }])
    expect(await state.services()).toEqual([{ ...note, failing: 'the disk is full', spool }])
    await state.noteServices([
      { ...note, at: 3, stopped: true, failing: undefined },
      { ...note, role: 'broker', failing: undefined, absence: undefined },
    ])
    expect(await state.services()).toEqual([
      { ...note, role: 'broker', failing: undefined, absence: undefined },
      { ...note, at: 3, stopped: true, failing: undefined },
    ])
  })
})

/** What the engines compute where they store it. */
function model(moments: readonly number[]): Heard | undefined {
  if (moments.length === 0) return undefined
  let beat = moments[0]!
  let newest = beat
  let messages = 1
  let rhythm: number | undefined
  for (const at of moments.slice(1)) {
    if (at <= newest) continue // told twice
    messages++
    newest = at
    if (at - beat < BEAT) continue
    rhythm = nextRhythm(rhythm, at - beat)
    beat = at
  }
  return { messages, lastMessage: newest, rhythm }
}
