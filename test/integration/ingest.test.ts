import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { EmbeddedSource } from '../../src/lib/service/embedded-source.ts'
import { Ingest, type StoreState } from '../../src/lib/telemetry/ingest.ts'
import { boundedWrite } from '../../src/lib/telemetry/metric-bound.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import { RowRefusedError, type TelemetryStore } from '../../src/lib/telemetry/store.ts'

/** Ingest between the embedded broker's source, a store and a state, all real, on files of their own. */
const DAY = 86_400_000
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }

let folder: string
let source: EmbeddedSource
let store: TelemetryStore
let state: State
let told: StoreState[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-ingest-'))
  source = new EmbeddedSource()
  store = await openSqliteTelemetry({
    folder: path.join(folder, 'telemetry'),
    sync: 'normal',
    readOnly: false,
  })
  state = await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true, patience: 20 })
  told = []
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await state[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function running(into: TelemetryStore = store): Promise<Ingest> {
  const ingest = new Ingest({
    fleet: 'acme',
    source,
    store: into,
    sink: state,
    retention: 30 * DAY,
    backoff: { initial: 5, max: 20 },
    onState: (state) => told.push(state),
  })
  await ingest.start()
  return ingest
}

function offer(topic: string, payload: string): Promise<void> {
  return source.offer({ topic, payload: Buffer.from(payload), arrivedAt: Date.now() })
}

async function settled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(100).then(() => false)])
}

async function until(what: string, done: () => boolean): Promise<void> {
  if ((await poll(() => done() || undefined, { within: 5000, every: 5 })) === undefined)
    throw new Error(`never: ${what}`)
}

/** Where a day's file should be there is a folder: SQLite cannot open it. */
function obstacle(): string {
  return path.join(folder, 'telemetry', `${new Date().toISOString().slice(0, 10)}.db`)
}

test('a message is acknowledged once another process can read it', async () => {
  await using _ = await running()
  await using reader = await openSqliteTelemetry({
    folder: path.join(folder, 'telemetry'),
    sync: 'normal',
    readOnly: true,
  })
  for (let n = 1; n <= 20; n++) {
    await offer('dt/acme/p1/hall', JSON.stringify({ n }))
    expect(await reader.latest({ devices: ['p1'] })).toMatchObject([{ metric: 'hall.n', value: n }])
  }
  expect(await reader.series({ devices: ['p1'], ...EVER })).toMatchObject([{ points: { length: 20 } }])
})

test('many at once share a few commits, in order', async () => {
  await using ingest = await running()
  const now = Date.now()
  const offers = Array.from({ length: 12_000 }, (_, n) =>
    offer(`dt/acme/p${n % 10}`, `{"ts":${now - (n % 10)},"n":${n}}`),
  )
  expect(ingest.stats().lag).toBeGreaterThanOrEqual(0)
  await Promise.all(offers)
  expect(ingest.stats()).toMatchObject({
    messages: 12_000,
    acknowledged: 12_000,
    stored: 12_000,
    lag: 0,
    rejected: {},
  })
  // One moment for each device: the last of a batch won, and all the others were counted.
  expect(ingest.stats().collapsed).toBeGreaterThan(11_900)
  const latest = await store.latest({})
  expect(latest.map(({ value }) => value)).toEqual(Array.from({ length: 10 }, (_, n) => 11_990 + n))
})

test('what cannot be stored is kept as it came, with the reason, and who was heard is noted', async () => {
  await using ingest = await running()
  await Promise.all([
    offer('dt/acme/p1', '{"a":'),
    offer('dt/acme/p1', '{"ts":1,"a":1}'),
    offer('dt/acme/p2', '{"a":[1],"b":9007199254740993}'),
    offer('dt/other/p1', '1'),
  ])
  const letters = await state.deadLetters()
  expect(
    letters.map(({ reason, device, topic, payload }) => [
      reason,
      device,
      topic,
      Buffer.from(payload).toString(),
    ]),
  ).toEqual([
    ['topic', undefined, 'dt/other/p1', '1'],
    ['clock', 'p1', 'dt/acme/p1', '{"ts":1,"a":1}'],
    ['json', 'p1', 'dt/acme/p1', '{"a":'],
  ])
  expect(ingest.stats()).toMatchObject({
    deadLetters: 3,
    rejected: { topic: 1, clock: 1, json: 1 },
    stored: 1,
    ignored: 1,
    rounded: 1,
  })
  using database = new DatabaseSync(path.join(folder, 'state.db'), { readOnly: true })
  const seen = database.prepare('SELECT device, messages FROM seen ORDER BY device').all()
  expect(seen.map((row) => ({ ...row }))).toEqual([
    { device: 'p1', messages: 2 },
    { device: 'p2', messages: 1 },
  ])
})

describe('while the store is away', () => {
  test('nothing is acknowledged, nothing is lost, and it goes on by itself', async () => {
    await using ingest = await running()
    await mkdir(obstacle())
    const first = offer('dt/acme/p1', '{"n":1}')
    await until('away', () => told.length === 1)
    const second = offer('dt/acme/p1', '{"n":2}')
    expect(await settled(first)).toBe(false)
    expect(await settled(second)).toBe(false)
    expect(told).toEqual([{ state: 'away', message: expect.stringContaining('telemetry store') }])
    expect(ingest.stats()).toMatchObject({
      messages: 2,
      acknowledged: 0,
      stored: 0,
      storeFailing: expect.any(String),
    })
    expect(ingest.stats().lag).toBeGreaterThan(100)
    await rm(obstacle(), { recursive: true })
    await Promise.all([first, second])
    expect(told.map(({ state }) => state)).toEqual(['away', 'ok'])
    expect(await store.series({ devices: ['p1'], ...EVER })).toMatchObject([
      { points: [{ value: 1 }, { value: 2 }] },
    ])
    expect(ingest.stats()).toMatchObject({ acknowledged: 2, stored: 2, storeFailing: undefined })
  })

  test('a dead letter is not acknowledged before it is kept', async () => {
    await using _ = await running()
    using other = new DatabaseSync(path.join(folder, 'state.db'))
    other.exec('BEGIN IMMEDIATE')
    const bad = offer('dt/acme/p1', 'NaN')
    await until('away', () => told.length === 1)
    expect(await settled(bad)).toBe(false)
    other.exec('ROLLBACK')
    await bad
    expect(await state.countDeadLetters()).toBe(1)
  })

  test('stopping does not wait for it, and acknowledges nothing', async () => {
    const ingest = await running()
    await mkdir(obstacle())
    const kept = offer('dt/acme/p1', '1')
    await until('away', () => told.length === 1)
    await ingest[Symbol.asyncDispose]()
    expect(await settled(kept)).toBe(false)
    await expect(offer('dt/acme/p1', '2')).rejects.toThrow()
  })
})

test('a row that the store never takes does not hold up the others', async () => {
  const picky: TelemetryStore = {
    ...store,
    async write(batch) {
      const row = batch.findIndex(({ text }) => text === 'poison')
      if (row !== -1) throw RowRefusedError.one(row, 'Line 3: not that one.')
      await store.write(batch)
    },
  }
  await using ingest = await running(picky)
  await Promise.all([
    offer('dt/acme/p1', '{"a":1,"b":2}'),
    offer('dt/acme/p2', '{"a":1,"b":"poison","c":3}'),
    offer('dt/acme/p3', '{"b":"poison"}'),
    offer('dt/acme/p4', '{"a":4}'),
  ])
  expect((await store.latest({})).map(({ device, metric }) => device + metric)).toEqual(['p1a', 'p1b', 'p4a'])
  const letters = await state.deadLetters()
  expect(letters.map(({ device, reason, detail }) => ({ device, reason, detail }))).toEqual([
    { device: 'p3', reason: 'store', detail: 'Line 3: not that one.' },
    { device: 'p2', reason: 'store', detail: 'Line 3: not that one.' },
  ])
  expect(ingest.stats()).toMatchObject({ stored: 3, deadLetters: 2, acknowledged: 4 })
  expect(told).toEqual([])
})

test('a device that makes names up is stopped at its bound; others, and what it has, are stored', async () => {
  await using ingest = await running({ ...store, write: boundedWrite(store, 3) })
  const invented = Array.from({ length: 3000 }, (_, n) => offer('dt/acme/p1', `{"flow":${n},"n${n}":1}`))
  await Promise.all([...invented, offer('dt/acme/p2', '{"flow":1}')])
  await offer('dt/acme/p1', '{"flow":42}')
  const stored = (await store.latest({})).map(({ device, metric }) => `${device} ${metric}`)
  expect(stored).toEqual(['p1 flow', 'p1 n0', 'p1 n1', 'p2 flow'])
  expect(ingest.stats()).toMatchObject({ acknowledged: 3002, rejected: { metrics: 2998 } })
  const [letter] = await state.deadLetters({ reason: 'metrics', limit: 1 })
  expect(letter).toMatchObject({ device: 'p1', detail: expect.stringContaining('metrics-per-device') })
})

test('stopping stores and acknowledges what is here', async () => {
  const ingest = await running()
  const offers = Array.from({ length: 7000 }, (_, n) => offer('dt/acme/p1', `{"n":${n}}`))
  await ingest[Symbol.asyncDispose]()
  await Promise.all(offers)
  expect(await store.series({ devices: ['p1'], ...EVER })).toMatchObject([{ points: { length: 7000 } }])
})
