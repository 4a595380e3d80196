import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { DeadLetter, State } from '../../src/lib/registry/state.ts'
import { replayTurn } from '../../src/lib/service/replay-letters.ts'
import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import { replay } from '../../src/lib/telemetry/replay.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-11-25T12:00:00Z')
const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER }

describe('letters that can be stored by now', () => {
  let folder: string
  let state: State
  let store: TelemetryStore

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-replay-'))
    state = await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true })
    store = await openSqliteTelemetry({ folder: path.join(folder, 'data'), sync: 'normal', readOnly: false })
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await state[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const letter = (payload: string, more: Partial<DeadLetter> = {}): DeadLetter => ({
    topic: 'dt/acme/p1',
    payload: new TextEncoder().encode(payload),
    reason: 'clock',
    detail: 'It was so.',
    device: 'p1',
    at: NOW,
    ...more,
  })
  const options = () => ({ fleet: 'acme', store, retention: 400 * DAY })
  const all = { after: 0 }
  const stored = async () => {
    const series = await store.series({ devices: ['p1'], ...EVERYTHING })
    return Object.fromEntries(series.map(({ metric, points }) => [metric, points.map(({ value }) => value)]))
  }

  test('are stored at their time and taken out; the others stay as they came', async () => {
    const bad = letter('{"a":', { reason: 'json' })
    await state.addDeadLetters([
      letter(`{"ts":${NOW - 100 * DAY},"a":1}`),
      bad,
      letter(`{"ts":${NOW},"a":2}`),
    ])
    expect(await replayTurn(state, all, options())).toEqual({
      stored: 2,
      measurements: 2,
      rejected: { json: 1 },
      after: null,
    })
    const [series] = await store.series({ devices: ['p1'], ...EVERYTHING })
    expect(series?.points.map(({ at }) => at)).toEqual([(NOW - 100 * DAY) * 1000, NOW * 1000])
    expect(await state.deadLetters()).toEqual([bad])
  })

  test('killed between the store and the letters, they are stored once all the same', async () => {
    const letters = Array.from({ length: 120 }, (_, index) => letter(`{"a":${index}}`))
    await state.addDeadLetters(letters)
    await replay(await state.deadLetterPage({ after: 0, limit: 70 }), options())
    expect((await stored())['a']).toHaveLength(70)
    expect(await replayTurn(state, all, options())).toMatchObject({ stored: 120, measurements: 120 })
    expect((await stored())['a']).toEqual(letters.map((_, index) => index))
    expect(await state.countDeadLetters()).toBe(0)
  })

  test('do not take the place of what was stored in the millisecond of their arrival', async () => {
    await store.write(
      Measurements.of([{ device: 'p1', metric: 'a', at: NOW * 1000, value: 5, text: undefined }]),
    )
    await state.addDeadLetters([letter('{"a":6}')])
    await replayTurn(state, all, options())
    expect(await stored()).toEqual({ a: [5, 6] })
  })

  test('are chosen by device and reason', async () => {
    await state.addDeadLetters([
      letter('{"a":1}', { reason: 'store' }),
      letter('{"a":2}'),
      letter('{"a":3}', { reason: 'store', device: 'p2', topic: 'dt/acme/p2' }),
    ])
    expect(await replayTurn(state, { ...all, reason: 'store', device: 'p1' }, options())).toMatchObject({
      stored: 1,
    })
    expect(await stored()).toEqual({ a: [1] })
    expect(await state.countDeadLetters()).toBe(2)
  })

  test('while the store is away nothing is taken out', async () => {
    await state.addDeadLetters([letter('{"a":1}')])
    const readOnly = await openSqliteTelemetry({
      folder: path.join(folder, 'data'),
      sync: 'normal',
      readOnly: true,
    })
    await expect(replayTurn(state, all, { ...options(), store: readOnly })).rejects.toThrow()
    expect(await state.countDeadLetters()).toBe(1)
  })
})
