import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Measurement } from '../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import { requireVersion2 } from '../../src/lib/telemetry/questdb/line-version.ts'
import { pages } from '../../src/lib/telemetry/questdb/pages.ts'
import { QuestdbServer } from '../../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../../src/lib/telemetry/questdb/store.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'
import { collected } from '../support/collected.ts'
import { freshFleet, questdbMissing, sharedQuestdb } from '../support/questdb.ts'

/** What only QuestDB's driver promises. */
const SECOND = 1_000_000
const HOUR = 3600 * SECOND
const START = Date.parse('2026-11-20T00:00:00Z') * 1000

function reading(device: string, at: number, value: number): Measurement {
  return { device, metric: 'm', at: START + at, value, text: undefined }
}

describe.skipIf(questdbMissing())('telemetry in QuestDB', () => {
  let fleet: string
  let store: TelemetryStore
  let server: QuestdbServer
  beforeEach(async () => {
    fleet = freshFleet()
    const address = await sharedQuestdb()
    server = new QuestdbServer(address)
    store = await openQuestdbTelemetry({ ...address, fleet, retention: 30 * 86_400_000, readOnly: false })
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('intervals from the kept sums are those of the rows, text and late data included', async () => {
    const rows = Array.from({ length: 5000 }, (_, n) => reading(`d${n % 2}`, n * 10 * SECOND, n % 17))
    const words: Measurement = { ...reading('d0', HOUR - 1, 0), value: undefined, text: 'off' }
    await store.write(Measurements.of([...rows.slice(100), words]))
    const span = { devices: ['d0', 'd1'], from: START + 123, to: START + 13 * HOUR + 456 }
    const fits = { ...span, interval: HOUR } // a multiple of five minutes
    const compare = async (held: readonly Measurement[]) => {
      const series = await store.buckets(fits)
      expect(series.map(({ device }) => device)).toEqual(['d0', 'd1'])
      for (const { device, buckets } of series) {
        const own = held.filter((one) => one.device === device && one.at >= span.from && one.at < span.to)
        const groups = Map.groupBy(own, ({ at }) => Math.floor(at / HOUR) * HOUR)
        expect(buckets.map(({ at }) => at)).toEqual([...groups.keys()].sort((a, b) => a - b))
        for (const { at, count, avg, min, max, last } of buckets) {
          const values = groups.get(at)!.map(({ value }) => value!)
          const sum = values.reduce((all, value) => all + value, 0)
          expect({ count, min, max, last }).toEqual({
            count: values.length,
            min: Math.min(...values),
            max: Math.max(...values),
            last: values.at(-1),
          })
          expect(avg).toBeCloseTo(sum / values.length, 9)
        }
      }
    }
    await compare(rows.slice(100))
    await store.write(Measurements.of(rows.slice(0, 100))) // late
    await compare(rows)
  })

  test('intervals come from the rows when the server has given the sums up', async () => {
    await store.write(
      Measurements.of(Array.from({ length: 600 }, (_, n) => reading('d', (n - 300) * 600 * SECOND, 1))),
    )
    const query = { devices: ['d'], from: START, to: START + 40 * HOUR, interval: HOUR }
    const before = await store.buckets(query)
    expect(before[0]?.buckets).toHaveLength(40)
    await server.query(`ALTER TABLE ${fleet}_measurements DROP PARTITION WHERE ts < '2026-11-20'`)
    await store.write(Measurements.of([reading('d', 1, 5)]))
    const [series] = await store.buckets(query)
    expect(series?.buckets[0]).toMatchObject({ count: 7, max: 5 })
    const { dataset } = await server.query(
      `SELECT view_status FROM materialized_views() WHERE view_name = '${fleet}_measurements_5m'`,
    )
    expect(dataset).toEqual([['invalid']])
  })

  test('a long answer comes in pages that lose and repeat nothing, however many rows share a moment', async () => {
    const rows = Array.from({ length: 1000 }, (_, n) =>
      reading(`d${n % 7}`, Math.floor(n / 60) * SECOND + (n % 3), n),
    )
    await store.write(Measurements.of(rows))
    await store.series({ devices: ['d0'], from: 0, to: 1 }) // waits for what was written
    const keys = new Set(rows.map(({ device, at }) => `${device} ${at}`))
    for (const descending of [true, false]) {
      const seen: string[] = []
      const query = {
        table: `${fleet}_measurements`,
        condition: 'true',
        from: START,
        to: START + HOUR,
        descending,
        page: 5,
      }
      let count = 0
      for await (const page of pages(server, query)) {
        count++
        seen.push(...page.map(({ device, at }) => `${device} ${at}`))
      }
      expect(count).toBeGreaterThan(10)
      expect(seen).toHaveLength(keys.size)
      expect(new Set(seen)).toEqual(keys)
    }
  })

  test('numbers whose bytes are line feeds, quotes and commas are numbers, and their lines are counted', async () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => Buffer.alloc(8, byte).readDoubleLE())
    const rows = bytes.filter(Number.isFinite).map((value, n) => reading('d', n, value))
    await store.write(Measurements.of(rows))
    const [series] = await store.series({ devices: ['d'], from: START, to: START + SECOND })
    expect(series!.points.map(({ value }) => value)).toEqual(rows.map(({ value }) => value))
    const refused = { ...reading('d', 300, 1), at: -Number.MAX_SAFE_INTEGER }
    await expect(store.write(Measurements.of([...rows, refused, ...rows]))).rejects.toMatchObject({
      rows: new Map([[rows.length, expect.any(String)]]),
    })
  })

  test('a large answer comes as it is read: whole, from where it was asked for, or given up in the middle', async () => {
    const statement = `SELECT x, '\u00fc"[' || x t FROM long_sequence(200000)`
    let next = 1000
    let pages = 0
    for await (const { dataset } of server.pages(statement, { from: 999, to: Number.MAX_SAFE_INTEGER })) {
      pages++
      const rows = dataset.map((_, n) => [String(next + n), `\u00fc"[${next + n}`])
      expect(dataset).toEqual(rows)
      next += rows.length
    }
    expect(next).toBe(200_001)
    expect(pages).toBeGreaterThan(10)
    for await (const { dataset } of server.pages(statement, { from: 0, to: 200_000 }))
      if (dataset.length > 0) break
    expect(await server.query('SELECT 1')).toMatchObject({ dataset: [[1]] })
  })

  test('a value that is days old is found beside one of this minute', async () => {
    await store.write(
      Measurements.of([
        reading('old', 0, 1),
        reading('middle', 24 * HOUR + 5 * HOUR, 2),
        reading('new', 48 * HOUR, 3),
        reading('old', -24 * HOUR, 0),
      ]),
    )
    expect((await store.latest({})).map(({ device, value }) => [device, value])).toEqual([
      ['middle', 2],
      ['new', 3],
      ['old', 1],
    ])
  })
})

describe('a server that fails', () => {
  let http: Server
  let answer: RequestListener
  let questdb: QuestdbServer
  beforeEach(async () => {
    http = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    questdb = new QuestdbServer({ url: `http://127.0.0.1:${port}`, user: 'u', password: 'p', timeout: 300 })
  })
  afterEach(async () => {
    await questdb[Symbol.asyncDispose]()
    http.closeAllConnections()
    http.close()
  })

  const whole = { 'content-type': 'application/json' }

  test.each<[string, RequestListener, string]>([
    [
      'an error of its own',
      (_, response) => response.writeHead(500).end('{"message":"boom"}'),
      'STORE_FAILED',
    ],
    [
      'a full disk',
      (_, response) => response.writeHead(500).end('{"message":"could not append [errno=28]"}'),
      'STORE_FULL',
    ],
    ['a connection that breaks', (request) => request.socket.destroy(), 'STORE_RESET'],
    ['no answer', () => {}, 'STORE_TIMEOUT'],
    [
      'a login that it does not know',
      (_, response) => response.writeHead(401).end('Unauthorized'),
      'STORE_REFUSED',
    ],
  ])('%s is told as what it is', async (_, listener, code) => {
    answer = listener
    await expect(questdb.query('SELECT 1')).rejects.toMatchObject({ code, layer: 'store' })
    const pages = questdb.pages('SELECT 1', { from: 0, to: 1 })
    await expect(pages.next()).rejects.toMatchObject({ code, layer: 'store' })
    await expect(questdb.write(Buffer.from('a b=1 1\n'))).rejects.toMatchObject({ code, layer: 'store' })
  })

  test('a server that does not read our lines is told so before a row is sent', async () => {
    answer = (_, response) => response.writeHead(200, whole).end('{"release.version":"8.1.0"}')
    await expect(requireVersion2(questdb)).rejects.toMatchObject({ code: 'STORE_VERSION' })
  })

  test('an answer that breaks off is an error, whether the connection says so or not', async () => {
    answer = (_, response) => response.writeHead(200, whole).end('{"columns":[],"dataset":[[1],[2')
    const rows = () => collected(questdb.pages('SELECT 1', { from: 0, to: 10 }))
    await expect(questdb.query('SELECT 1')).rejects.toMatchObject({ code: 'STORE_CUT' })
    await expect(rows()).rejects.toMatchObject({ code: 'STORE_CUT' })
    answer = (request, response) => {
      response.writeHead(200, whole)
      response.write('{"columns":[],"dataset":[[1],[2', () => request.socket.destroy())
    }
    await expect(questdb.query('SELECT 1')).rejects.toMatchObject({ code: 'STORE_CUT' })
    await expect(rows()).rejects.toMatchObject({ code: 'STORE_CUT' })
  })
})
