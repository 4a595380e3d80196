import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { diagnoseTables } from '../../src/lib/diagnostics/store-tables.ts'
import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import { openQuestdbEvents } from '../../src/lib/telemetry/questdb/events.ts'
import { inspectStore } from '../../src/lib/telemetry/questdb/inspect.ts'
import { checkOwner, migrateQuestdb } from '../../src/lib/telemetry/questdb/migrate.ts'
import { QuestdbServer } from '../../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../../src/lib/telemetry/questdb/store.ts'
import { freshFleet, questdbMissing, sharedQuestdb } from '../support/questdb.ts'

const DAY = 86_400_000
const NOW = Date.now() * 1000
const RETENTION = { measurements: 30 * DAY, events: 90 * DAY }

describe.skipIf(questdbMissing())('the tables of a fleet', () => {
  let fleet: string
  let address: Awaited<ReturnType<typeof sharedQuestdb>>
  let server: QuestdbServer
  beforeEach(async () => {
    fleet = freshFleet()
    address = await sharedQuestdb()
    server = new QuestdbServer(address)
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const migrate = (retention = RETENTION) => migrateQuestdb({ ...address, fleet, retention })
  const diagnose = async (name = fleet) =>
    diagnoseTables(name, await inspectStore({ ...address, fleet: name, retention: RETENTION }))
  const found = async () =>
    (await diagnose()).map(({ code, finding }) => [code, finding.replaceAll(fleet, 'acme')])
  const open = (name: string) =>
    openQuestdbTelemetry({ ...address, fleet: name, retention: 30 * DAY, readOnly: false })

  test('are made once; a second time there is nothing to do, and nothing wrong', async () => {
    expect((await diagnose()).map(({ code, level }) => [code, level])).toEqual([
      ['STORE_TABLE_MISSING', 'warn'],
    ])
    const made = ['measurements', 'series', 'measurements_5m', 'events'].map((name) => ({
      table: `${fleet}_${name}`,
      change: 'made',
    }))
    expect(await migrate()).toEqual(made)
    expect(await migrate()).toEqual([])
    expect((await diagnose()).map(({ code }) => code)).toEqual(['OK'])
  })

  test('a new retention is found, and taken over by all of them', async () => {
    await migrate({ measurements: 400 * DAY, events: DAY })
    expect(await found()).toEqual([
      ['STORE_RETENTION', 'acme_measurements keeps rows for 400 days; by fleet.yaml it should be 30 days.'],
      ['STORE_RETENTION', 'acme_series keeps rows for 400 days; by fleet.yaml it should be 30 days.'],
      ['STORE_RETENTION', 'acme_events keeps rows for 1 day; by fleet.yaml it should be 90 days.'],
      [
        'STORE_RETENTION',
        'acme_measurements_5m keeps rows for 400 days; by fleet.yaml it should be 365 days.',
      ],
    ])
    const changes = await migrate()
    expect(changes.map(({ change }) => change)).toEqual(Array.from({ length: 4 }, () => 'retention'))
    expect((await diagnose()).map(({ code }) => code)).toEqual(['OK'])
  })

  test('a view that sums up at every commit, as those of an earlier version do, is made to do it by the minute', async () => {
    await migrate()
    await server.query(`ALTER MATERIALIZED VIEW ${fleet}_measurements_5m SET REFRESH IMMEDIATE`)
    const kind = async () =>
      (
        await server.query(
          `SELECT refresh_type FROM materialized_views() WHERE view_name = '${fleet}_measurements_5m'`,
        )
      ).dataset
    await expect.poll(kind, { timeout: 10_000 }).toEqual([['immediate']])
    expect(await migrate()).toEqual([{ table: `${fleet}_measurements_5m`, change: 'refresh' }])
    expect(await migrate()).toEqual([])
    await using store = await open(fleet)
    const rows = Array.from({ length: 100 }, (_, n) => ({
      at: NOW - n * 60_000_000,
      value: n,
      text: undefined,
    }))
    await store.write(Measurements.of(rows.map((row) => ({ device: 'p', metric: 'm', ...row }))))
    const span = { devices: ['p'], from: NOW - 7_200_000_000, to: NOW + 600_000_000, interval: 3_600_000_000 }
    const [series] = await store.buckets(span)
    expect(series!.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(100)
    const sums = async () =>
      Number((await server.query(`SELECT count() FROM ${fleet}_measurements_5m`)).dataset[0]![0])
    await expect.poll(sums, { timeout: 10_000 }).toBeGreaterThan(10)
  })

  test('weeks, months and years are days, and a table that keeps everything is found', async () => {
    await migrate({ measurements: 365 * DAY, events: 28 * DAY })
    expect(await migrate({ measurements: 365 * DAY, events: 28 * DAY })).toEqual([])
    await migrate()
    await server.query(`ALTER TABLE ${fleet}_events SET TTL 0 DAYS`)
    await expect
      .poll(found)
      .toEqual([['STORE_RETENTION', 'acme_events keeps rows for ever; by fleet.yaml it should be 90 days.']])
  })

  test('one that somebody else made is named, with every difference, and left alone', async () => {
    await server.query(
      `CREATE TABLE ${fleet}_events (ts TIMESTAMP, device STRING, kind SYMBOL, seq LONG) TIMESTAMP(ts) PARTITION BY DAY WAL DEDUP UPSERT KEYS(ts, kind)`,
    )
    await expect(migrate()).rejects.toMatchObject({ code: 'STORE_SCHEMA' })
    expect((await found()).find(([code]) => code === 'STORE_SCHEMA')).toEqual([
      'STORE_SCHEMA',
      'acme_events is not ours: column device is STRING, not SYMBOL; column seq is no key of deduplication; column body is missing.',
    ])
  })

  test('a view that the server gave up is found with its reason, and good again as the fix says', async () => {
    await migrate()
    await server.query(`INSERT INTO ${fleet}_measurements VALUES (now(), 'p', 'm', 1, null)`)
    await server.query(`TRUNCATE TABLE ${fleet}_measurements`)
    await expect
      .poll(found, { timeout: 10_000 })
      .toEqual([
        [
          'STORE_VIEW',
          expect.stringMatching(/^acme_measurements_5m is no longer kept up to date: .*truncate/),
        ],
      ])
    const [view] = await diagnose()
    await server.query(view!.fix!.replace('Run there: ', ''))
    await expect.poll(found, { timeout: 10_000 }).toMatchObject([['OK', {}]])
  })

  test('a fleet whose tables would have the same names is refused, in whatever order they come', async () => {
    const [dashed, plain] = [`${fleet}-b`, `${fleet}_b`]
    await using first = await open(dashed)
    await first.write(Measurements.of([{ device: 'p', metric: 'm', at: NOW, value: 1, text: undefined }]))
    await expect(open(plain)).rejects.toMatchObject({
      code: 'STORE_FLEET',
      message: expect.stringContaining(`belong to the fleet ${dashed}`),
    })
    await using events = openQuestdbEvents({ ...address, fleet: plain, retention: DAY })
    await expect(events.check()).rejects.toMatchObject({ code: 'STORE_FLEET' })
    await expect(checkOwner({ ...address, fleet: plain })).rejects.toMatchObject({ code: 'STORE_FLEET' })
    await using reader = await openQuestdbTelemetry({
      ...address,
      ...{ fleet: plain, retention: DAY, readOnly: true },
    })
    await expect(reader.latest({})).rejects.toMatchObject({ code: 'STORE_FLEET' })
    expect((await diagnose(plain)).map(({ code }) => code)).toEqual(['STORE_FLEET'])
    await using again = await open(dashed)
    expect((await again.stats()).series).toBe(1)
  })

  test('of two that claim the same tables at once exactly one has them', async () => {
    for (let round = 0; round < 5; round++) {
      const claims = [`${fleet}-${round}`, `${fleet}_${round}`].map((name) => open(name))
      const ended = await Promise.allSettled(claims)
      for (const one of ended) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]()
      expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'STORE_FLEET' },
      })
    }
  })
})
