import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { EmbeddedSource } from '../../src/lib/service/embedded-source.ts'
import { Ingest, type StoreState } from '../../src/lib/telemetry/ingest.ts'
import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import { boundedWrite } from '../../src/lib/telemetry/metric-bound.ts'
import { migrateQuestdb } from '../../src/lib/telemetry/questdb/migrate.ts'
import { QuestdbServer } from '../../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../../src/lib/telemetry/questdb/store.ts'
import { Spool } from '../../src/lib/telemetry/spool/spool.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'
import {
  freshFleet,
  killQuestdb,
  ownPlace,
  PASSWORD,
  type QuestdbPlace,
  questdbMissing,
  startQuestdb,
  USER,
} from '../support/questdb.ts'

/** Ingest into a QuestDB that is killed, stopped, suspended and changed under it; a server of this file's own. */
const DAY = 86_400_000
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }
const DEVICES = ['p1', 'p2', 'p3']

describe.skipIf(questdbMissing())('ingest into QuestDB', () => {
  let folder: string
  let place: QuestdbPlace
  let server: ChildProcess
  let direct: QuestdbServer
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-questdb-faults-'))
    place = await ownPlace(folder)
    server = await startQuestdb(place)
    direct = new QuestdbServer(address())
  })
  afterAll(async () => {
    await direct[Symbol.asyncDispose]()
    await killQuestdb(server)
    await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 100 })
  })

  let fleet: string
  let state: State
  let source: EmbeddedSource
  let told: StoreState[]
  beforeEach(async () => {
    fleet = freshFleet()
    source = new EmbeddedSource()
    state = await openSqliteState({
      stateFile: path.join(folder, `${fleet}.db`),
      migrate: true,
      patience: 20,
    })
    told = []
  })
  afterEach(() => state[Symbol.asyncDispose]())

  function address(): { url: string; user: string; password: string; timeout: number } {
    return { url: `http://127.0.0.1:${place.port}`, user: USER, password: PASSWORD, timeout: 1000 }
  }

  function open(readOnly: boolean, other: Partial<ReturnType<typeof address>> = {}): Promise<TelemetryStore> {
    return openQuestdbTelemetry({ ...address(), ...other, fleet, retention: 30 * DAY, readOnly })
  }

  async function running(store: TelemetryStore, spool?: Spool): Promise<Ingest> {
    const ingest = new Ingest({
      fleet,
      source,
      store,
      sink: state,
      ...(spool && { spool }),
      retention: 30 * DAY,
      backoff: { initial: 20, max: 200 },
      onState: (change) => told.push(change),
    })
    await ingest.start()
    return ingest
  }

  /** Resolves when it is acknowledged. */
  function offer(device: string, payload: object): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(payload))
    return source.offer({ topic: `dt/${fleet}/${device}`, payload: bytes, arrivedAt: Date.now() })
  }

  function openSpool(): Promise<Spool> {
    return Spool.open({ folder: path.join(folder, `spool-${fleet}`), bound: 256 * 1024 * 1024, sync: false })
  }

  async function isDrained(): Promise<void> {
    const heard = await poll(() => told.some((change) => change.state === 'drained') || undefined, {
      within: 30_000,
    })
    if (heard === undefined) throw new Error(`never drained; told ${JSON.stringify(told)}`)
  }

  async function stored(device: string, metric: string): Promise<readonly (number | undefined)[]> {
    await using reader = await open(true)
    const [series] = await reader.series({ devices: [device], metrics: [metric], ...EVER })
    return series?.points.map(({ value }) => value) ?? []
  }

  async function isTold(text: string): Promise<void> {
    const heard = await poll(
      () => told.some((change) => change.state === 'away' && change.message.includes(text)) || undefined,
      { within: 10_000 },
    )
    if (heard === undefined) throw new Error(`never told: ${text}; told ${JSON.stringify(told)}`)
  }

  test('kill -9 of the server in mid-load loses nothing that was acknowledged, and nothing is stored twice', async () => {
    await using store = await open(false)
    await using _ = await running(store)
    const start = Date.now() - 60_000
    const load = { n: 0, acknowledged: 0, over: false }
    const all: Promise<void>[] = []
    const report = setInterval(() => {
      for (let burst = 0; burst < 20; burst++, load.n++) {
        for (const device of DEVICES) {
          all.push(offer(device, { n: load.n, ts: start + load.n }).then(() => void load.acknowledged++))
        }
      }
    }, 5)
    for (let kill = 0; kill < 3; kill++) {
      const before = load.acknowledged
      await poll(() => load.acknowledged > before + 500 || undefined, { within: 20_000 })
      await sleep(Math.random() * 200)
      await killQuestdb(server)
      await sleep(300)
      server = await startQuestdb(place)
    }
    clearInterval(report)
    await Promise.all(all)
    expect(load.n).toBeGreaterThan(500)
    const expected = Array.from({ length: load.n }, (_, n) => n)
    for (const device of DEVICES) expect(await stored(device, 'n')).toEqual(expected)
    expect(await state.deadLetters({})).toEqual([])
    expect(told.some((change) => change.state === 'away')).toBe(true)
    expect(told.at(-1)).toEqual({ state: 'ok' })
  })

  test('a service that starts while the server is dead goes on by itself once it is there', async () => {
    await killQuestdb(server)
    await using store = await open(false)
    await using spool = await openSpool()
    // As a service has it: metrics are counted, so what is stored is read before the first row is written.
    await using _ = await running({ ...store, write: boundedWrite(store, 1000) }, spool)
    await offer('p1', { n: 1, ts: Date.now() })
    await isTold('cannot be reached')
    server = await startQuestdb(place)
    const drained = await poll(() => told.some(({ state }) => state === 'drained') || undefined, {
      within: 20_000,
    })
    expect(drained).toBe(true)
    expect(await stored('p1', 'n')).toEqual([1])
  })

  test('with a spool, devices are acknowledged while the server is dead, and find everything when it is back', async () => {
    await using store = await open(false)
    await using spool = await openSpool()
    await using ingest = await running(store, spool)
    const start = Date.now() - 60_000
    let sent = 0
    const report = async (count: number): Promise<void> => {
      for (const end = sent + count; sent < end; sent++)
        await Promise.all(DEVICES.map((device) => offer(device, { n: sent, ts: start + sent })))
    }
    await report(20)
    for (let kill = 0; kill < 2; kill++) {
      const before = spool.stats().messages
      await killQuestdb(server)
      await report(50)
      expect(spool.stats().messages).toBe(before + 50 * DEVICES.length)
      server = await startQuestdb(place)
      await report(20)
      await isDrained()
      told = []
    }
    const expected = Array.from({ length: sent }, (_, n) => n)
    for (const device of DEVICES) expect(await stored(device, 'n')).toEqual(expected)
    expect(ingest.stats()).toMatchObject({ acknowledged: sent * DEVICES.length, storeFailing: undefined })
    expect(await state.deadLetters({})).toEqual([])
  })

  test('stopping while the server hangs takes seconds, keeps and acknowledges what is here; a later process stores it', async () => {
    const messages: Promise<void>[] = []
    {
      const store = await open(false, { timeout: 60_000 }) // so long nobody waits
      await using spool = await openSpool()
      const ingest = await running(store, spool)
      await offer('p1', { n: 0, ts: Date.now() })
      server.kill('SIGSTOP')
      for (let n = 1; n < 6000; n++) messages.push(offer('p1', { n, ts: Date.now() - 10_000 + n }))
      await sleep(50)
      const before = performance.now()
      await ingest[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      await Promise.all(messages)
      expect(performance.now() - before).toBeLessThan(6000)
    }
    server.kill('SIGCONT')
    told = []
    await using store = await open(false)
    await using spool = await openSpool()
    expect(spool.stats().messages).toBeGreaterThan(0)
    await using _ = await running(store, spool)
    await isDrained()
    const values = await stored('p1', 'n')
    expect(values.toSorted((a, b) => a! - b!)).toEqual(Array.from({ length: 6000 }, (_, n) => n))
  })

  test('a suspended table fills the spool, and resumed it gets what waited', async () => {
    await using store = await open(false)
    await using spool = await openSpool()
    await using _ = await running(store, spool)
    await offer('p1', { n: 0, ts: Date.now() })
    expect(await stored('p1', 'n')).toEqual([0])
    await direct.query(`ALTER TABLE ${fleet}_measurements SUSPEND WAL`)
    await sleep(1100)
    for (let n = 1; n < 5; n++) await offer('p1', { n, ts: Date.now() })
    await isTold(`suspended the table ${fleet}_measurements`)
    expect(told[0]).toMatchObject({ spooled: true })
    expect(spool.stats().messages).toBeGreaterThan(0)
    await direct.query(`ALTER TABLE ${fleet}_measurements RESUME WAL`)
    await isDrained()
    expect(await stored('p1', 'n')).toEqual([0, 1, 2, 3, 4])
  })

  test('a server that is away at the start, and for a while, is waited for', async () => {
    await killQuestdb(server)
    await using store = await open(false)
    await using _ = await running(store)
    const message = offer('p1', { n: 1, ts: Date.now() })
    await isTold('cannot be reached')
    server = await startQuestdb(place)
    await message
    expect(await stored('p1', 'n')).toEqual([1])
  })

  test('a server that hangs is given up and tried again', async () => {
    await using store = await open(false)
    await using _ = await running(store)
    server.kill('SIGSTOP')
    const message = offer('p1', { n: 1, ts: Date.now() })
    await isTold('did not answer in time')
    server.kill('SIGCONT')
    await message
    expect(await stored('p1', 'n')).toEqual([1])
  })

  test('a server that hangs is found out in seconds, and what arrives from then on is acknowledged from the spool', async () => {
    await using store = await open(false, { timeout: 60_000 })
    await using spool = await openSpool()
    await using _ = await running(store, spool)
    await offer('p1', { n: 0, ts: Date.now() })
    server.kill('SIGSTOP')
    const before = performance.now()
    await offer('p1', { n: 1, ts: Date.now() })
    expect(performance.now() - before).toBeLessThan(8000)
    expect(told).toMatchObject([{ state: 'away', spooled: true }])
    await isTold('did not answer in time')
    server.kill('SIGCONT')
    await isDrained()
    expect(await stored('p1', 'n')).toEqual([0, 1])
  })

  test('a server that stands still for four seconds is waited for', async () => {
    await using store = await open(false, { timeout: 60_000 })
    await using spool = await openSpool()
    await using _ = await running(store, spool)
    await offer('p1', { n: 0, ts: Date.now() })
    server.kill('SIGSTOP')
    const message = offer('p1', { n: 1, ts: Date.now() })
    await sleep(4000)
    server.kill('SIGCONT')
    await message
    expect([told, spool.stats().messages]).toEqual([[], 0])
    expect(await stored('p1', 'n')).toEqual([0, 1])
  })

  test('an answer that takes long is waited for while the server answers others', async () => {
    await using slow = new QuestdbServer({ ...address(), timeout: 60_000, pulse: true })
    const before = performance.now()
    const { dataset } = await slow.query(
      'SELECT count() FROM (SELECT rnd_double() d FROM long_sequence(500000000)) WHERE d > 2',
    )
    expect(dataset).toEqual([[0]])
    expect(performance.now() - before).toBeGreaterThan(2000) // so it was asked whether it lives
  })

  test('a suspended table is seen, although it takes rows, and told; resumed, it has everything', async () => {
    await using store = await open(false)
    await using _ = await running(store)
    await offer('p1', { n: 0, ts: Date.now() })
    expect(await stored('p1', 'n')).toEqual([0]) // applied: a suspension in the middle of that is overwritten
    await direct.query(`ALTER TABLE ${fleet}_measurements SUSPEND WAL`)
    await sleep(1100) // it is looked for once in a second
    const message = offer('p1', { n: 1, ts: Date.now() })
    await isTold(`suspended the table ${fleet}_measurements`)
    await using reader = await open(true)
    await expect(reader.latest({})).rejects.toMatchObject({ code: 'STORE_SUSPENDED', exitCode: 10 })
    await direct.query(`ALTER TABLE ${fleet}_measurements RESUME WAL`)
    await message
    expect(await stored('p1', 'n')).toEqual([0, 1])
  })

  test('a poison row becomes a dead letter with its reason, and the others are stored', async () => {
    await using store = await open(false)
    await using _ = await running(store)
    const ts = Date.now()
    await Promise.all([
      ...Array.from({ length: 100 }, (_, n) => offer('p1', { n, ts: ts + n })),
      offer('p2', { 'a\u0000b': 1, ts }),
    ])
    expect(await stored('p1', 'n')).toHaveLength(100)
    expect(await state.deadLetters({})).toMatchObject([{ device: 'p2', reason: 'store' }])
  })

  test('the row that the server refuses is named, wherever it stands in a batch of many requests', async () => {
    await using store = await open(false)
    const rows = Array.from({ length: 40_000 }, (_, n) => ({
      device: `d${n % 50}`,
      metric: 'm',
      at: (Date.now() - n) * 1000,
      value: n,
      text: undefined,
    }))
    const before1970 = rows.with(31_234, { ...rows[31_234]!, at: -1 })
    await expect(store.write(Measurements.of(before1970))).rejects.toMatchObject({
      code: 'STORE_ROW',
      rows: new Map([[31_234, expect.any(String)]]),
    })
    await store.write(Measurements.of(rows))
    expect((await store.latest({})).length).toBe(50)
  })

  test('tables that are dropped under a running service are missed within a second and made anew', async () => {
    await using store = await open(false)
    await using _ = await running(store)
    await offer('p1', { n: 0, ts: Date.now() })
    await direct.query(`DROP MATERIALIZED VIEW ${fleet}_measurements_5m`)
    await direct.query(`DROP TABLE ${fleet}_measurements`)
    await direct.query(`DROP TABLE ${fleet}_series`)
    for (let n = 1; told.length < 2 && n < 50; n++) {
      await offer('p1', { n, ts: Date.now() })
      await sleep(50)
    }
    expect(told).toEqual([
      { state: 'away', message: expect.stringContaining('lost tables'), spooled: false },
      { state: 'ok' },
    ])
    await offer('p1', { n: 77, ts: Date.now() })
    expect(await stored('p1', 'n')).toContain(77)
    expect(await state.deadLetters({})).toEqual([])
  })

  test('tables that somebody else drops and makes anew are noticed within a second, and filled from then on', async () => {
    await using store = await open(false)
    await using _ = await running(store)
    await offer('p1', { n: 0, ts: Date.now() })
    await direct.query(`DROP MATERIALIZED VIEW ${fleet}_measurements_5m`)
    for (const name of ['measurements', 'series']) await direct.query(`DROP TABLE ${fleet}_${name}`)
    await migrateQuestdb({ ...address(), fleet, retention: { measurements: 30 * DAY, events: DAY } })
    await sleep(1100)
    await offer('p1', { n: 1, ts: Date.now() })
    expect(await stored('p1', 'n')).toEqual([1])
    await using reader = await open(true)
    expect((await reader.latest({})).map(({ value }) => value)).toEqual([1])
    await isTold('has lost tables')
  })

  test('a table of that name that is not ours is named and left alone', async () => {
    await direct.query(
      `CREATE TABLE ${fleet}_measurements (ts TIMESTAMP, device STRING, value LONG) TIMESTAMP(ts) PARTITION BY MONTH WAL`,
    )
    await expect(open(false)).rejects.toMatchObject({
      code: 'STORE_SCHEMA',
      message: expect.stringMatching(
        /column device is STRING, not SYMBOL.*column metric is missing.*by MONTH.*does not deduplicate/,
      ),
    })
    const { dataset } = await direct.query(`SELECT "column" FROM table_columns('${fleet}_measurements')`)
    expect(dataset.flat()).toEqual(['ts', 'device', 'value'])
  })

  test('a wrong password is refused at the start', async () => {
    await expect(open(false, { password: 'wrong' })).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      exitCode: 3,
    })
  })

  test('what is older than the retention is deleted by the server, and a new retention is taken over', async () => {
    const at = (days: number) => (Date.now() - days * DAY) * 1000
    const row = (days: number) => ({ device: 'p1', metric: 'm', at: at(days), value: days, text: undefined })
    {
      await using store = await open(false)
      await store.write(Measurements.of([row(20), row(10), row(0)]))
      expect(await stored('p1', 'm')).toEqual([20, 10, 0])
    }
    await using store = await openQuestdbTelemetry({
      ...address(),
      fleet,
      retention: 15 * DAY,
      readOnly: false,
    })
    await store.write(Measurements.of([{ ...row(0), value: 1 }]))
    expect(await stored('p1', 'm')).toEqual([10, 0, 1])
  })
})
