import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bucket, Measurement, Series } from '../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'
import { TELEMETRY_DRIVERS } from './telemetry-drivers.ts'

const SECOND = 1_000_000
const DAY = 86_400 * SECOND
const START = Date.parse('2026-11-20T00:00:00Z') * 1000
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }

function reading(device: string, metric: string, at: number, value: number): Measurement {
  return { device, metric, at, value, text: undefined }
}

describe.each(TELEMETRY_DRIVERS)('a telemetry store on $name', (driver) => {
  const { takes = () => true } = driver
  let folder: string
  let place: string
  let store: TelemetryStore
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-telemetry-'))
    place = driver.place(folder)
    store = await driver.open(place, false)
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  async function points(
    device: string,
    metric: string,
    span = EVER,
  ): Promise<readonly (number | undefined)[][]> {
    const [series] = await store.series({ devices: [device], metrics: [metric], ...span })
    return series?.points.map(({ at, value }) => [at - START, value]) ?? []
  }

  test('without data answers nothing, before the first writer too', async () => {
    const nowhere = await driver.open(driver.place(folder), true)
    for (const one of [store, nowhere]) {
      expect(await one.latest({})).toEqual([])
      expect(await one.series({ devices: ['a'], ...EVER })).toEqual([])
      expect(await one.buckets({ devices: ['a'], ...EVER, interval: SECOND })).toEqual([])
      expect(await one.stats()).toMatchObject({
        devices: 0,
        series: 0,
        days: 0,
        oldest: undefined,
        newest: undefined,
      })
    }
    await nowhere[Symbol.asyncDispose]()
  })

  test('keeps numbers, text and booleans as they are', async () => {
    const batch: Measurement[] = [
      reading('a', 'n', START, -1.5e-300),
      { device: 'a', metric: 's', at: START, value: undefined, text: 'quote \' " \\ \n\u0000 é 🚰' },
      { device: 'a', metric: 't', at: START, value: 1, text: 'true' },
      { device: 'a', metric: 'z', at: START, value: undefined, text: '' },
    ]
    await store.write(Measurements.of(batch))
    expect(await store.latest({})).toEqual(batch)
    const series = await store.series({ devices: ['a'], ...EVER })
    expect(series.map(({ metric, points }) => ({ device: 'a', metric, ...points[0] }))).toEqual(batch)
  })

  test('any value of any name comes back', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 20, unit: 'binary' })
      .map((text) => text.toWellFormed())
      .filter(takes)
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0 || 0)
    const text = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())
    let at = START
    await fc.assert(
      fc.asyncProperty(
        name,
        name,
        value,
        fc.option(text, { nil: undefined }),
        async (device, metric, value, text) => {
          const measurement = {
            device,
            metric,
            at: at++,
            value: text === undefined ? value : undefined,
            text,
          }
          await store.write(Measurements.of([measurement]))
          expect(await store.latest({ devices: [device], metrics: [metric] })).toEqual([measurement])
        },
      ),
    )
  })

  test('stores the same moment once, the last value', async () => {
    await store.write(Measurements.of([reading('a', 'm', START, 1), reading('a', 'm', START, 2)]))
    expect(await points('a', 'm')).toEqual([[0, 2]])
    await store.write(Measurements.of([reading('a', 'm', START, 2), reading('a', 'm', START, 3)]))
    expect(await points('a', 'm')).toEqual([[0, 3]])
    expect(await store.latest({})).toMatchObject([{ value: 3 }])
  })

  test('the newest stays the newest when late data comes', async () => {
    await store.write(Measurements.of([reading('a', 'm', START + 5, 5)]))
    await store.write(
      Measurements.of([
        reading('a', 'm', START + 3, 3),
        reading('a', 'm', START + 4, 4),
        reading('a', 'm', START + 2, 2),
      ]),
    )
    expect(await store.latest({})).toMatchObject([{ at: START + 5, value: 5 }])
    expect(await points('a', 'm')).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
    ])
  })

  test('the newest values, by device and metric, of those asked for', async () => {
    await store.write(
      Measurements.of(
        ['b', 'a', 'c'].flatMap((device) => ['y', 'x'].map((metric) => reading(device, metric, START, 1))),
      ),
    )
    expect(keysOf(await store.latest({}))).toEqual(['ax', 'ay', 'bx', 'by', 'cx', 'cy'])
    expect(keysOf(await store.latest({ devices: ['c', 'a', 'none'] }))).toEqual(['ax', 'ay', 'cx', 'cy'])
    expect(keysOf(await store.latest({ devices: ['a', 'b'], metrics: ['y'] }))).toEqual(['ay', 'by'])
    expect(keysOf(await store.latest({ limit: 3 }))).toEqual(['ax', 'ay', 'bx'])
    expect(await store.latest({ devices: [] })).toEqual([])
  })

  test('a span has its beginning and not its end', async () => {
    await store.write(Measurements.of([0, 1, 2, 3].map((at) => reading('a', 'm', START + at, at))))
    expect(await points('a', 'm', { from: START + 1, to: START + 3 })).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(await points('a', 'm', { from: START + 1, to: START + 1 })).toEqual([])
    expect(await points('a', 'm', { from: START + 4, to: START + DAY })).toEqual([])
  })

  test('a limit keeps the newest points of each series, over days', async () => {
    const steps = Array.from({ length: 10 }, (_, step) => step)
    await store.write(
      Measurements.of(
        steps.flatMap((step) => [
          reading('a', 'm', START + step * DAY, step),
          reading('b', 'm', START + step, step),
        ]),
      ),
    )
    const series = await store.series({ devices: ['a', 'b', 'none'], ...EVER, limit: 3 })
    expect(series.map(({ device, points }) => [device, points.map(({ value }) => value)])).toEqual([
      ['a', [7, 8, 9]],
      ['b', [7, 8, 9]],
    ])
    expect(await store.series({ devices: ['a'], ...EVER, limit: 0 })).toEqual([])
  })

  test('a batch may reach over many days and hold many rows', async () => {
    const rows = Array.from({ length: 12_345 }, (_, n) =>
      reading(`d${n % 7}`, 'm', START + (n % 20) * DAY + n, n),
    )
    await store.write(Measurements.of(rows))
    const series = await store.series({ devices: ['d0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6'], ...EVER })
    const stored = series.flatMap(({ device, points }) =>
      points.map(({ at, value }) => `${device} ${at} ${value}`),
    )
    expect(stored.sort()).toEqual(rows.map(({ device, at, value }) => `${device} ${at} ${value}`).sort())
    expect(await store.stats()).toMatchObject({
      devices: 7,
      series: 7,
      days: 20,
      oldest: START,
      newest: rows.findLast((_, n) => n % 20 === 19)!.at,
    })
  })

  test('many devices may be asked for at once', async () => {
    const devices = Array.from({ length: 20_000 }, (_, n) => `device-${n}`)
    await store.write(Measurements.of(devices.map((device) => reading(device, 'm', START, 1))))
    expect(await store.latest({ devices })).toHaveLength(20_000)
    expect(await store.series({ devices, ...EVER })).toHaveLength(20_000)
  })

  test('holds what a table with one row for each key would hold, whatever comes in whatever order', async () => {
    const measurement = fc.record({
      device: fc.constantFrom('a', 'b'),
      metric: fc.constantFrom('m', 'n'),
      at: fc.integer({ min: 0, max: 40 }).map((step) => START + step * (DAY / 8) - (step % 3)),
      value: fc.integer({ min: 0, max: 9 }),
    })
    const model = new Map<string, Measurement>()
    await fc.assert(
      fc.asyncProperty(fc.array(measurement, { maxLength: 12 }), async (rows) => {
        const batch = rows.map((row) => ({ ...row, text: undefined }))
        await store.write(Measurements.of(batch))
        for (const row of batch) model.set(JSON.stringify([row.device, row.metric, row.at]), row)
        const held = [...model.values()]
        const series = await store.series({ devices: ['a', 'b'], ...EVER })
        expect(series).toEqual(seriesOf(held))
        expect(await store.latest({})).toEqual(
          seriesOf(held).map(({ device, metric, points }) => ({ device, metric, ...points.at(-1) })),
        )
        const span = { from: START + DAY / 3, to: START + 3 * DAY, interval: 7 * 3600 * SECOND + 13 }
        const buckets = await store.buckets({ devices: ['a', 'b'], ...span })
        expect(
          buckets.flatMap(({ device, metric, buckets }) =>
            buckets.map((one) => ({ device, metric, ...one })),
          ),
        ).toEqual(seriesOf(held).flatMap((one) => bucketsOf(one, span)))
      }),
      { numRuns: driver.runs },
    )
  })

  test('intervals are summed up from numbers only', async () => {
    const text = (at: number): Measurement => ({
      device: 'a',
      metric: 'm',
      at: START + at,
      value: undefined,
      text: 'off',
    })
    await store.write(
      Measurements.of([
        text(1),
        reading('a', 'm', START + 2, 1),
        text(3),
        { ...reading('a', 't', START, 1), text: 'true' },
      ]),
    )
    const query = { devices: ['a'], from: START, to: START + DAY, interval: 3600 * SECOND }
    expect(await store.buckets({ ...query, metrics: ['m'] })).toEqual([
      { device: 'a', metric: 'm', buckets: [{ at: START, count: 1, avg: 1, min: 1, max: 1, last: 1 }] },
    ])
    expect(await store.buckets(query)).toHaveLength(2)
  })

  if (driver.keepsLatest)
    test('whole days go when they are over, the newest values stay, and late data may still come', async ({
      skip,
    }) => {
      if (!store.keepsLatest) skip()
      await store.write(Measurements.of([0, 1, 2].map((day) => reading('a', 'm', START + day * DAY, day))))
      await store.write(Measurements.of([reading('b', 'm', START, 7)]))
      expect(await store.expire(START + DAY - 1)).toBe(0)
      expect(await store.expire(START + 2 * DAY + 1)).toBe(2)
      expect(await store.expire(START + 2 * DAY + 1)).toBe(0)
      expect(await points('a', 'm')).toEqual([[2 * DAY, 2]])
      expect(await store.latest({ devices: ['b'] })).toMatchObject([{ value: 7 }])
      expect(await store.stats()).toMatchObject({ days: 1, oldest: START + 2 * DAY })
      await store.write(Measurements.of([reading('a', 'm', START, 9)]))
      expect(await points('a', 'm')).toEqual([
        [0, 9],
        [2 * DAY, 2],
      ])
    })

  test('is read while it is written, and never less than what was acknowledged', async () => {
    const reader = await driver.open(place, true)
    const progress = { acknowledged: 0, looks: 0, over: false }
    const writer = (async () => {
      for (let batch = 0; batch < 40 || progress.looks < 3; batch++) {
        const at = START + (batch * DAY) / 10
        await store.write(
          Measurements.of(Array.from({ length: 2000 }, (_, n) => reading(`d${n % 100}`, 'm', at + n, batch))),
        )
        progress.acknowledged = batch
      }
      progress.over = true
    })()
    for (; !progress.over; progress.looks++) {
      const before = progress.acknowledged
      const [latest] = await reader.latest({ devices: ['d99'] })
      const [series] = await reader.series({ devices: ['d99'], ...EVER, limit: 1 })
      expect(latest?.value ?? 0).toBeGreaterThanOrEqual(before)
      expect(series?.points[0]?.value ?? 0).toBeGreaterThanOrEqual(before)
      await new Promise(setImmediate)
    }
    await writer
    expect(progress.looks).toBeGreaterThanOrEqual(3)
    await reader[Symbol.asyncDispose]()
  })

  test('what was written is there after it was closed', async () => {
    await store.write(Measurements.of([reading('a', 'm', START, 1)]))
    await store[Symbol.asyncDispose]()
    const reader = await driver.open(place, true)
    expect(await reader.latest({})).toHaveLength(1)
    await reader[Symbol.asyncDispose]()
    store = await driver.open(place, false)
    await store.write(Measurements.of([reading('a', 'm', START + 1, 2)]))
    expect(await points('a', 'm')).toEqual([
      [0, 1],
      [1, 2],
    ])
  })
})

function keysOf(rows: readonly Measurement[]): readonly string[] {
  return rows.map(({ device, metric }) => device + metric)
}

/** By device, then metric, then time. */
function seriesOf(held: readonly Measurement[]): readonly Series[] {
  const groups = Map.groupBy(held, ({ device, metric }) => JSON.stringify([device, metric]))
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rows]) => ({
      device: rows[0]!.device,
      metric: rows[0]!.metric,
      points: rows.toSorted((a, b) => a.at - b.at).map(({ at, value, text }) => ({ at, value, text })),
    }))
}

function bucketsOf(
  { device, metric, points }: Series,
  { from, to, interval }: { readonly from: number; readonly to: number; readonly interval: number },
): readonly (Bucket & { readonly device: string; readonly metric: string })[] {
  const inside = points.filter(({ at }) => at >= from && at < to)
  const groups = Map.groupBy(inside, ({ at }) => Math.floor(at / interval) * interval)
  return Array.from(groups, ([at, points]) => {
    const values = points.map(({ value }) => value!)
    const sum = values.reduce((sum, value) => sum + value, 0)
    return {
      device,
      metric,
      at,
      count: values.length,
      avg: sum / values.length,
      min: Math.min(...values),
      max: Math.max(...values),
      last: values.at(-1)!,
    }
  })
}
