import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Measurement } from '../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../src/lib/telemetry/measurements.ts'
import { boundedWrite } from '../../src/lib/telemetry/metric-bound.ts'
import type { RowRefusedError, TelemetryStore } from '../../src/lib/telemetry/store.ts'
import { TELEMETRY_DRIVERS } from './telemetry-drivers.ts'

const NOW = Date.now() * 1000
const row = (device: string, metric: string, index = 0): Measurement => ({
  ...{ device, metric, at: NOW + index, value: index, text: undefined },
})

/** The bound on a device's metrics, by what the store holds: on every driver. */
describe.each(TELEMETRY_DRIVERS)('on $name', (driver) => {
  let folder: string
  let place: string
  let store: TelemetryStore
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bound-'))
    place = driver.place(folder)
    store = await driver.open(place, false)
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test('the metrics of devices are told, of those that have any', async () => {
    expect(await store.metrics(['p1'])).toEqual(new Map())
    await store.write(
      Measurements.of([row('p1', 'flow'), row('p1', 'rpm'), row('p2', 'flow'), row('p3', 'flow')]),
    )
    const metrics = await store.metrics(['p1', 'p2', 'p9'])
    expect(new Map(Array.from(metrics, ([id, own]) => [id, own.toSorted()]))).toEqual(
      new Map([
        ['p1', ['flow', 'rpm']],
        ['p2', ['flow']],
      ]),
    )
  })

  test('what is over it is refused row by row, what is known goes on, after a restart too', async () => {
    const write = boundedWrite(store, 3)
    await write(Measurements.of([row('p1', 'a'), row('p1', 'b'), row('p2', 'a')]))
    const refused = await refusal(
      write(
        Measurements.of([row('p1', 'c'), row('p1', 'd'), row('p1', 'a'), row('p2', 'd'), row('p1', 'e')]),
      ),
    )
    expect(refused.reason).toBe('metrics')
    expect([...refused.rows.keys()]).toEqual([1, 4])
    expect(refused.message).toBe(
      '"d" would be metric 4 of the device; telemetry.metrics-per-device in fleet.yaml is 3.',
    )
    await write(Measurements.of([row('p1', 'c'), row('p1', 'a', 1), row('p2', 'd')]))
    await store[Symbol.asyncDispose]()
    store = await driver.open(place, false)
    const after = boundedWrite(store, 3)
    expect([
      ...(await refusal(after(Measurements.of([row('p1', 'a', 2), row('p1', 'e')])))).rows.keys(),
    ]).toEqual([1])
    await after(Measurements.of([row('p1', 'c', 3)]))
    const latest = await store.latest({ devices: ['p1'] })
    expect(latest.map(({ metric, value }) => [metric, value])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 3],
    ])
  })

  test('a write that failed has used up nothing', async () => {
    let fails = true
    const write = boundedWrite(
      {
        ...store,
        write: (batch) => (fails ? Promise.reject(new Error('away')) : store.write(batch)),
      },
      1,
    )
    await expect(write(Measurements.of([row('p1', 'a')]))).rejects.toThrow('away')
    fails = false
    await write(Measurements.of([row('p1', 'b')]))
    expect(await store.metrics(['p1'])).toEqual(new Map([['p1', ['b']]]))
  })
})

function refusal(writing: Promise<void>): Promise<RowRefusedError> {
  return writing.then(
    () => Promise.reject(new Error('Nothing was refused.')),
    (error: RowRefusedError) => error,
  )
}
