import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { EmbeddedSource } from '../../src/lib/service/embedded-source.ts'
import { Ingest } from '../../src/lib/telemetry/ingest.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'

const DAY = 86_400_000
const MINUTE = 60_000
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }

/** The rules of what is stored (design §5), from a message to what a reader finds, on a real store and state. */
describe('the rules of telemetry', () => {
  let folder: string
  let source: EmbeddedSource
  let store: TelemetryStore
  let state: State
  let ingest: Ingest
  let now: number

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-rules-'))
    now = Date.now()
    source = new EmbeddedSource()
    store = await openSqliteTelemetry({ folder: path.join(folder, 'data'), sync: 'normal', readOnly: false })
    state = await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true })
    ingest = new Ingest({ fleet: 'acme', source, store, sink: state, retention: 30 * DAY })
    await ingest.start()
  })
  afterEach(async () => {
    await ingest[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await state[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const send = (payload: string | Uint8Array, arrivedAt = now) =>
    source.offer({ topic: 'dt/acme/p1', payload: Buffer.from(payload), arrivedAt })
  /** Points of a metric as [microseconds from now, value or text]. */
  const points = async (metric: string) => {
    const [series] = await store.series({ devices: ['p1'], metrics: [metric], ...EVER })
    return (series?.points ?? []).map(({ at, value, text }) => [at - now * 1000, value ?? text])
  }
  const letters = async () => (await state.deadLetters()).map(({ reason }) => reason)

  test('type drift: a metric may be number now and text then, and both are kept', async () => {
    await send(`{"ts":${now},"level":5}`)
    await send(`{"ts":${now + 1},"level":"high"}`)
    await send(`{"ts":${now + 2},"level":true}`)
    expect(await points('level')).toEqual([
      [0, 5],
      [1000, 'high'],
      [2000, 1],
    ])
  })

  test('NaN: alone it is a dead letter; beside other values it is left out and counted', async () => {
    await send('NaN')
    await send(Buffer.from('a26161f97e00616202', 'hex')) // CBOR {"a": NaN, "b": 2}
    expect(await letters()).toEqual(['number'])
    expect(await points('a')).toEqual([])
    expect(await points('b')).toEqual([[0, 2]])
    expect(ingest.stats()).toMatchObject({ ignored: 1, rejected: { number: 1 } })
  })

  test('huge integers are stored rounded, and counted', async () => {
    await send(`{"ts":${now},"n":9007199254740993}`)
    expect(await points('n')).toEqual([[0, 9_007_199_254_740_992]])
    expect(ingest.stats().rounded).toBe(1)
  })

  test('duplicates: delivered twice with its event time, it is stored once', async () => {
    for (let time = 0; time < 2; time++) await send(`{"ts":${now},"a":1}`, now + time)
    expect(await points('a')).toEqual([[0, 1]])
    expect(ingest.stats()).toMatchObject({ messages: 2, collapsed: 0 })
  })

  test('same key, another value within a flush: the last wins, and it is counted', async () => {
    await send('{"b":0}') // the flush after this one takes the next two together
    await Promise.all([send(`{"ts":${now},"a":1}`), send(`{"ts":${now},"a":2}`)])
    expect(await points('a')).toEqual([[0, 2]])
    expect(ingest.stats().collapsed).toBe(1)
  })

  test('late: within the retention it is stored at its time; before that it is a dead letter, never moved', async () => {
    await send(`{"ts":${now - 29 * DAY},"a":1}`)
    await send(`{"ts":${now - 31 * DAY},"a":2}`)
    expect(await points('a')).toEqual([[-29 * DAY * 1000, 1]])
    expect(await letters()).toEqual(['clock'])
  })

  test('future: up to ten minutes ahead it is believed; beyond that it is a dead letter, never moved', async () => {
    await send(`{"ts":${now + 10 * MINUTE},"a":1}`)
    await send(`{"ts":${now + 10 * MINUTE + 1},"a":2}`)
    expect(await points('a')).toEqual([[10 * MINUTE * 1000, 1]])
    expect(await letters()).toEqual(['clock'])
  })

  test('missing time: the arrival, strictly increasing, so that nothing collapses', async () => {
    for (const a of [1, 2, 3]) await send(`{"a":${a}}`)
    expect(await points('a')).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ])
  })

  test('one bad sample refuses its whole message, and no other', async () => {
    await send(`[{"ts":${now},"a":1},{"ts":0,"a":2}]`)
    await send(`{"ts":${now},"b":1}`)
    expect(await points('a')).toEqual([])
    expect(await points('b')).toEqual([[0, 1]])
    expect(await letters()).toEqual(['clock'])
  })
})
