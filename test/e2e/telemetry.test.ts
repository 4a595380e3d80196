import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LatestValues } from '../../src/lib/fleet/latest-values.ts'
import type { PlotData } from '../../src/lib/fleet/plot-series.ts'
import type { SimulationEvent } from '../../src/lib/fleet/simulate-fleet.ts'
import type { TailLine, TailReading } from '../../src/lib/fleet/tail-line.ts'
import { TestFleet } from '../support/fleet.ts'
import type { Running } from '../support/program.ts'

/** Two pumps and a meter that report, and what a technician sees of them. */
describe('telemetry', () => {
  let fleet: TestFleet
  let up: Running
  let pumps: Running

  const tailed = async (...args: readonly string[]) => {
    const { code, stdout } = await fleet.run('tail', ...args, '--json')
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
    return { code, lines: lines.map((line) => JSON.parse(line) as TailLine) }
  }
  const errorOf = async (...args: readonly string[]) => {
    const { code, stdout } = await fleet.run(...args, '--json')
    const { error } = JSON.parse(stdout) as { error: { code: string; exitCode: number; hint: string } }
    expect(code).toBe(error.exitCode)
    return error
  }

  beforeAll(async () => {
    fleet = await TestFleet.make()
    up = await fleet.up()
    await fleet.json('device', 'provision', '--count', '2', '--prefix', 'pump', '--tag', 'kind=pump')
    await fleet.json('device', 'provision', 'meter-0001', '--tag', 'kind=meter')
    pumps = fleet.start('simulate', 'kind=pump', '--rate', '10')
    await pumps.line(({ connected }) => connected === 2)
  })
  afterAll(async () => {
    await pumps?.[Symbol.asyncDispose]()
    await up?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test('before anything came, latest is empty and says where to look', async () => {
    const { code, stderr } = await fleet.run('telemetry', 'latest', 'meter-0001')
    expect(code).toBe(0)
    expect(stderr).toContain('Nothing is stored yet')
    expect(await errorOf('telemetry', 'plot', 'meter-0001', '--metric', 'power')).toMatchObject({
      code: 'METRIC_UNKNOWN',
      exitCode: 4,
    })
  })

  test('tail shows exactly as many lines as asked for, each of one moment of one device', async () => {
    const { code, lines } = await tailed('--count', '5', '--for', '20s')
    expect(code).toBe(0)
    expect(lines).toHaveLength(5)
    for (const line of lines as TailReading[]) {
      expect(line.topic).toBe(`dt/acme/${line.device}`)
      expect(Object.keys(line.values)).toEqual(expect.arrayContaining(['flow', 'pressure', 'running']))
      expect(typeof line.values['running']).toBe('boolean')
      expect(Math.abs(Date.parse(line.arrivedAt) - Date.parse(line.at))).toBeLessThan(5000)
    }
  })

  test('tail of one device and one metric shows nothing else', async () => {
    const { lines } = await tailed('pump-0002', '--metric', 'flow', '--count', '4', '--for', '20s')
    for (const line of lines as TailReading[]) {
      expect(line.device).toBe('pump-0002')
      expect(Object.keys(line.values)).toEqual(['flow'])
    }
  })

  test('tail --where shows only readings that fulfil it, and a condition that is none is refused', async () => {
    const { lines } = await tailed(
      '--where',
      'rpm at least 0 and temperature above 5',
      '--count',
      '3',
      '--for',
      '20s',
    )
    for (const line of lines as TailReading[]) expect(line.values['temperature']).toBeGreaterThan(5)
    expect(await errorOf('tail', '--where', 'rpm above 1e9', '--for', '1s')).toMatchObject({
      code: 'NOTHING_CAME',
    })
    expect(await errorOf('tail', '--where', 'rpm above all')).toMatchObject({
      code: 'CONDITION',
      exitCode: 2,
    })
  })

  test('tail by tag chooses by tag', async () => {
    const { lines } = await tailed('kind=pump', '--count', '6', '--for', '20s')
    expect(new Set(lines.map(({ device }) => device))).toEqual(new Set(['pump-0001', 'pump-0002']))
  })

  test('when nothing comes tail says so: exit 6', async () => {
    expect(await errorOf('tail', 'meter-0001', '--for', '1s')).toMatchObject({
      code: 'NOTHING_CAME',
      exitCode: 6,
    })
    const nothing = { code: 'NOTHING_CAME', message: 'Nothing came within 2 s.', exitCode: 6 }
    expect(await errorOf('tail', 'meter-0001', '--within', '2s')).toMatchObject(nothing)
    expect(
      await errorOf('tail', 'meter-0001', '--count', '1', '--within', '2s', '--for', '1m'),
    ).toMatchObject(nothing)
    const { code, stderr } = await fleet.run('tail', '--count', '100000', '--for', '1s')
    expect(code).toBe(6)
    expect(stderr).toMatch(/Only \d+ of 100000 lines came within 1 s/)
  })

  test('tail --within ends nothing that has begun to come', async () => {
    const { code, stderr } = await fleet.run('tail', 'pump-0001', '--within', '2s', '--for', '4s')
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^\d+ lines/)])
    const lasted = await tailed('pump-0001', '--within', '2s', '--count', '30')
    expect([lasted.code, lasted.lines.length]).toEqual([0, 30])
  })

  test('Ctrl-C is how a tail without a goal ends; before its goal it is an interruption', async () => {
    const endless = fleet.start('tail')
    await endless.line(() => true)
    expect(await endless.stop('SIGINT')).toBe(0)
    const counting = fleet.start('tail', '--count', '1000000')
    await counting.line(() => true)
    expect(await counting.stop('SIGINT')).toBe(130)
  })

  test('a person sees lines without a control character', async () => {
    const { code, stdout, stderr } = await fleet.run('tail', '--count', '3', '--for', '20s')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}pump-000[12] {2}flow=[\d.]+ pressure=/)
    expect(stdout + stderr).not.toContain('\u001b')
    expect(stderr).toContain('3 lines of')
  })

  test('latest has every metric of the devices chosen, with its age', async () => {
    const { latest } = await fleet.json<LatestValues>('telemetry', 'latest', 'kind=pump', '--metric', 'flow')
    expect(latest.map(({ device, metric }) => [device, metric])).toEqual([
      ['pump-0001', 'flow'],
      ['pump-0002', 'flow'],
    ])
    expect(Date.now() - Date.parse(latest[0]!.at)).toBeLessThan(10_000)
    const { stdout } = await fleet.run('telemetry', 'latest', 'pump-0001')
    expect(stdout.split('\n')[0]).toMatch(/^device +metric +value +age( +last hour)?$/)
  })

  test('a plot fits 80 columns, and its points are what --json prints', async () => {
    const args = ['telemetry', 'plot', 'kind=pump', '--metric', 'temperature', '--last', '5m']
    const { code, stdout } = await fleet.run(...args)
    expect(code).toBe(0)
    expect(stdout).toContain('pump-0002')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const { series } = await fleet.json<PlotData>(...args)
    expect(series.map(({ device }) => device)).toEqual(['pump-0001', 'pump-0002'])
    for (const { points } of series) {
      expect(points.length).toBeGreaterThan(1)
      expect(points).toEqual(points.toSorted((a, b) => a.at.localeCompare(b.at)))
    }
  })

  test('an empty plot says why', async () => {
    expect(await errorOf('telemetry', 'plot', 'pump-0001', '--metric', 'power')).toMatchObject({
      code: 'METRIC_UNKNOWN',
      exitCode: 4,
      hint: expect.stringContaining('flow') as unknown,
    })
    const past = ['--from', '2026-01-01', '--to', '2026-01-02']
    expect(await errorOf('telemetry', 'plot', 'pump-0001', '--metric', 'flow', ...past)).toMatchObject({
      code: 'NOTHING_CAME',
      exitCode: 6,
    })
    const backwards = ['--from', '1h', '--to', '2h']
    expect(await errorOf('telemetry', 'plot', 'pump-0001', '--metric', 'flow', ...backwards)).toMatchObject({
      code: 'TIME_RANGE',
      exitCode: 2,
    })
  })

  test('a simulation for a time ends by itself, everything acknowledged', async () => {
    const { code, stdout } = await fleet.run(
      'simulate',
      'meter-0001',
      '--profile',
      'meter',
      '--rate',
      '20',
      '--for',
      '2s',
    )
    expect(code).toBe(0)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SimulationEvent)
    const last = events.at(-1)!
    expect(last).toMatchObject({ event: 'stopped', devices: 1, denied: 0, dropped: 0, refused: 0 })
    if (last.event !== 'stopped') throw new Error('unreachable')
    expect(last.published).toBeGreaterThan(10)
    expect(last.acknowledged).toBe(last.published)
  })

  test('one that got not everything through says so: exit 7', async () => {
    // A thousand readings a second, of which the queue keeps one.
    const queue = path.join(fleet.folder, 'meters.queue')
    const few = ['--queue', queue, '--queue-limit', '1']
    const { code, stdout, stderr } = await fleet.run(
      'simulate',
      'meter-0001',
      '--rate',
      '1000',
      '--for',
      '2s',
      ...few,
    )
    expect(code).toBe(7)
    const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as { readonly dropped: number }
    expect(last.dropped).toBeGreaterThan(0)
    expect(stderr).toContain(`${last.dropped} dropped because too many waited`)
    expect(stderr).toContain('--queue-limit N')
  })
})
