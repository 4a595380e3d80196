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
import type { IngestSink } from '../../src/lib/telemetry/ingest-sink.ts'
import { Spool } from '../../src/lib/telemetry/spool/spool.ts'
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

async function running(
  into: TelemetryStore = store,
  spool?: Spool,
  sink: IngestSink = state,
): Promise<Ingest> {
  const ingest = new Ingest({
    fleet: 'acme',
    source,
    store: into,
    sink,
    ...(spool && { spool }),
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

async function until(what: string, done: () => boolean, within = 5000): Promise<void> {
  if ((await poll(() => done() || undefined, { within, every: 5 })) === undefined)
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

describe('while the store is away, without a spool', () => {
  test('nothing is acknowledged, nothing is lost, and it goes on by itself', async () => {
    await using ingest = await running()
    await mkdir(obstacle())
    const first = offer('dt/acme/p1', '{"n":1}')
    await until('away', () => told.length === 1)
    const second = offer('dt/acme/p1', '{"n":2}')
    expect(await settled(first)).toBe(false)
    expect(await settled(second)).toBe(false)
    expect(told).toEqual([
      { state: 'away', message: expect.stringContaining('telemetry store'), spooled: false },
    ])
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

describe('while the store is away, with a spool', () => {
  const MIB = 1024 * 1024

  function openSpool(bound = 64 * MIB): Promise<Spool> {
    return Spool.open({ folder: path.join(folder, 'spool'), bound, sync: false })
  }

  async function valuesOf(device: string): Promise<readonly (number | undefined)[]> {
    const [series] = await store.series({ devices: [device], ...EVER })
    return series?.points.map(({ value }) => value) ?? []
  }

  const isDrained = () => told.some(({ state }) => state === 'drained')

  test('devices are acknowledged and heard, and when it is back everything is there, in order, once', async () => {
    await using spool = await openSpool()
    await using ingest = await running(store, spool)
    await mkdir(obstacle())
    const before = Date.now()
    for (let n = 0; n < 50; n++) await offer('dt/acme/p1', `{"n":${n}}`)
    await offer('dt/acme/p1', 'NaN')
    expect(told).toEqual([
      { state: 'away', message: expect.stringContaining('telemetry store'), spooled: true },
    ])
    const { spool: kept, ...stats } = ingest.stats()
    expect(stats).toMatchObject({ acknowledged: 51, stored: 0, deadLetters: 1, lag: 0 })
    expect(kept).toMatchObject({ messages: 50, bound: 64 * MIB, full: undefined })
    expect(kept!.since).toBeGreaterThanOrEqual(before)
    expect(await state.deadLetters()).toMatchObject([{ reason: 'number', device: 'p1' }])
    {
      using database = new DatabaseSync(path.join(folder, 'state.db'), { readOnly: true })
      const seen = database.prepare('SELECT device, last_message FROM seen').get() as { last_message: number }
      expect(seen.last_message).toBeGreaterThanOrEqual(before)
    }
    await rm(obstacle(), { recursive: true })
    for (let n = 50; n < 100; n++) await offer('dt/acme/p1', `{"n":${n}}`)
    await until('drained', isDrained)
    expect(await valuesOf('p1')).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(told.map(({ state }) => state)).toEqual(['away', 'ok', 'drained'])
    expect(ingest.stats()).toMatchObject({ acknowledged: 101, stored: 100, deadLetters: 1 })
    expect(ingest.stats().spool).toMatchObject({ messages: 0, bytes: 0 })
  })

  test('of one key the later value wins, although the earlier one waited in the spool', async () => {
    await using spool = await openSpool()
    await using _ = await running(store, spool)
    await mkdir(obstacle())
    const ts = Date.now()
    for (let n = 0; n < 20; n++) await offer('dt/acme/p1', `{"ts":${ts},"n":${n}}`)
    await rm(obstacle(), { recursive: true })
    for (let n = 20; n < 40; n++) await offer('dt/acme/p1', `{"ts":${ts},"n":${n}}`)
    await until('drained', isDrained)
    expect(await valuesOf('p1')).toEqual([39])
  })

  test('what the store had taken although it failed is not stored twice, with or without event time', async () => {
    let failures = 3
    const forgetful: TelemetryStore = {
      ...store,
      async write(batch) {
        await store.write(batch)
        if (failures-- > 0) throw new Error('the answer was lost')
      },
    }
    await using spool = await openSpool()
    await using _ = await running(forgetful, spool)
    const arrivedAt = Date.now() // one millisecond for all: each gets a moment of its own
    const offers = Array.from({ length: 300 }, (_, n) =>
      source.offer({ topic: 'dt/acme/p1', payload: Buffer.from(`[{"n":${n}},{"n":${n + 0.5}}]`), arrivedAt }),
    )
    await Promise.all(offers)
    await until('drained', isDrained)
    expect(await valuesOf('p1')).toEqual(Array.from({ length: 600 }, (_, n) => n / 2))
  })

  test('at the bound nothing is acknowledged any more, and nothing is lost', async () => {
    await using spool = await openSpool(MIB)
    await using ingest = await running(store, spool)
    await mkdir(obstacle())
    const text = 'x'.repeat(2000)
    const offers = Array.from({ length: 1000 }, (_, n) =>
      offer(`dt/acme/p${n % 5}`, `{"n":${n},"text":"${text}"}`),
    )
    await until('full', () => told.some(({ state }) => state === 'full'))
    const { acknowledged, spool: kept, lag } = ingest.stats()
    expect(acknowledged).toBe(0) // of one batch: all of it or nothing
    expect(kept!.messages).toBeGreaterThan(300)
    expect(kept!.full).toContain('store.spool')
    expect(lag).toBeGreaterThan(0)
    const last = offer('dt/acme/p0', '{"n":1000}')
    expect(await settled(last)).toBe(false)
    await rm(obstacle(), { recursive: true })
    await Promise.all([...offers, last])
    await until('drained', isDrained)
    const series = await store.series({ devices: ['p0', 'p1', 'p2', 'p3', 'p4'], metrics: ['n'], ...EVER })
    expect(
      series.flatMap(({ points }) => points.map(({ value }) => value)).toSorted((a, b) => a! - b!),
    ).toEqual(Array.from({ length: 1001 }, (_, n) => n))
    expect(told.map(({ state }) => state)).toEqual(
      expect.arrayContaining(['away', 'full', 'ok', 'room', 'drained']),
    )
  })

  test('stopping keeps and acknowledges what is here, and the next process stores it first', async () => {
    const ts = Date.now() - 1000
    {
      await using spool = await openSpool()
      const ingest = await running(store, spool)
      await mkdir(obstacle())
      const kept = Array.from({ length: 7000 }, (_, n) =>
        offer('dt/acme/p1', `{"ts":${ts + (n % 900)},"n":${n}}`),
      )
      await ingest[Symbol.asyncDispose]()
      await Promise.all(kept)
      await expect(offer('dt/acme/p1', '2')).rejects.toThrow()
      expect(spool.stats().messages).toBe(7000)
    }
    await rm(obstacle(), { recursive: true })
    told = []
    await using spool = await openSpool()
    await using ingest = await running(store, spool)
    await offer('dt/acme/p1', `{"ts":${ts + 5},"n":-1}`)
    await until('drained', isDrained)
    const expected = Array.from({ length: 900 }, (_, at) => at + 900 * Math.floor((6999 - at) / 900))
    expect(await valuesOf('p1')).toEqual(expected.with(5, -1))
    expect(ingest.stats()).toMatchObject({ messages: 1, acknowledged: 1, stored: 7001 })
  })

  test('it gets empty under full load too: what comes in waits for twice as much that leaves', async () => {
    await using spool = await openSpool()
    await using ingest = await running(store, spool)
    await mkdir(obstacle())
    const over = new AbortController()
    let sent = 0
    const ts = Date.now() - 60_000
    const load = async (device: string) => {
      while (!over.signal.aborted) {
        const burst = Array.from({ length: 2500 }, () =>
          offer(`dt/acme/${device}`, `{"ts":${ts + (sent++ % 50_000)},"n":1}`),
        )
        await Promise.all(burst)
      }
    }
    const loads = ['p1', 'p2', 'p3', 'p4'].map(load)
    await until('some wait', () => spool.stats().messages > 30_000)
    await rm(obstacle(), { recursive: true })
    try {
      await until('drained', isDrained, 30_000)
    } finally {
      over.abort()
      await Promise.all(loads)
    }
    await until('nothing waits', () => spool.isEmpty)
    expect(ingest.stats()).toMatchObject({ acknowledged: sent, stored: sent })
  })

  test('a row that the store never takes becomes one dead letter, with its bytes, however often it is tried', async () => {
    const picky: TelemetryStore = {
      ...store,
      async write(batch) {
        const row = [...batch].findIndex(({ text }) => text === 'poison')
        if (row !== -1) throw RowRefusedError.one(row, 'Not that one.')
        await store.write(batch)
      },
    }
    let failures = 2
    const forgetful: IngestSink = {
      noteSeen: (seen) => state.noteSeen(seen),
      async addDeadLetters(letters, options) {
        await state.addDeadLetters(letters, options)
        if (letters.length > 0 && failures-- > 0) throw new Error('it was added, and nobody heard of it')
      },
    }
    await using spool = await openSpool()
    await using ingest = await running(picky, spool, forgetful)
    await mkdir(obstacle())
    await Promise.all(['{"a":1}', '{"a":"poison"}', '{"a":2}'].map((text, n) => offer(`dt/acme/p${n}`, text)))
    await rm(obstacle(), { recursive: true })
    await until('drained', isDrained)
    const letters = await state.deadLetters()
    expect(
      letters.map(({ payload, ...letter }) => ({ ...letter, text: Buffer.from(payload).toString() })),
    ).toMatchObject([
      { device: 'p1', reason: 'store', detail: 'Not that one.', topic: 'dt/acme/p1', text: '{"a":"poison"}' },
    ])
    expect(ingest.stats()).toMatchObject({ acknowledged: 3, stored: 2, deadLetters: 1 })
  })
})

test('a row that the store never takes does not hold up the others', async () => {
  const picky: TelemetryStore = {
    ...store,
    async write(batch) {
      const row = [...batch].findIndex(({ text }) => text === 'poison')
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

test('stopping stores and acknowledges what is here', async () => {
  const ingest = await running()
  const offers = Array.from({ length: 7000 }, (_, n) => offer('dt/acme/p1', `{"n":${n}}`))
  await ingest[Symbol.asyncDispose]()
  await Promise.all(offers)
  expect(await store.series({ devices: ['p1'], ...EVER })).toMatchObject([{ points: { length: 7000 } }])
})
