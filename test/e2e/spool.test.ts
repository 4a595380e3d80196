import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import type { LatestValues } from '../../src/lib/fleet/latest-values.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'

/** `up` whose store is away: where a day's file should be there is a folder, so SQLite cannot open it. */
describe('while the telemetry store is away', () => {
  let fleet: TestFleet
  let days: readonly string[]
  beforeAll(async () => {
    fleet = await TestFleet.make()
    await fleet.json('device', 'provision', 'p1', 'p2')
    // Tomorrow's too: the test may run at midnight.
    days = [0, 86_400_000].map((later) => {
      const day = new Date(Date.now() + later).toISOString().slice(0, 10)
      return path.join(fleet.folder, 'data', 'telemetry', `${day}.db`)
    })
    for (const day of days) await mkdir(day, { recursive: true })
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  const segments = () => readdir(path.join(fleet.folder, 'data', 'spool')).catch(() => [])

  async function status(): Promise<FleetStatus> {
    return JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus
  }

  /** Sends for two seconds; everything is acknowledged, or it would say so. */
  async function report(): Promise<number> {
    const { code, stdout } = await fleet.run('simulate', '--rate', '20', '--for', '2s', '--json')
    expect(code).toBe(0)
    const { published, acknowledged } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<
      string,
      number
    >
    expect(acknowledged).toBe(published)
    return published!
  }

  let sent = 0

  test('devices are acknowledged, status says what waits where, and kill -9 takes nothing of it', async () => {
    await using up = await fleet.up()
    sent += await report()
    const told = await up.line(({ event, state }) => event === 'store' && state === 'away')
    expect(told).toMatchObject({ spooled: true })
    const seen = await poll(
      async () => {
        const now = await status()
        return now.findings.some(({ code }) => code === 'SERVICE_FAILING') ? now : undefined
      },
      { within: 20_000, every: 500 },
    )
    const ingest = seen!.services.find(({ role }) => role === 'ingest')
    expect(ingest).toMatchObject({ state: 'failing', spool: { bound: 1024 ** 3, holding: null } })
    expect(seen!.devices).toMatchObject({ silent: 0, neverHeard: 0 })
    const { stdout } = await fleet.run('status')
    expect(stdout).toMatch(/\d+ messages in the spool since \d\d:\d\d:\d\d \(0 % of 1 GiB\)/)
    await up.stop('SIGKILL')
    expect(await segments()).toHaveLength(1)
  })

  test('so does stopping, within the time that it always takes', async () => {
    await using up = await fleet.up()
    sent += await report()
    const before = performance.now()
    expect(await up.stop('SIGTERM')).toBe(0)
    expect(performance.now() - before).toBeLessThan(5000)
    const ingest = (await status()).services.find(({ role }) => role === 'ingest')
    expect(ingest).toMatchObject({ state: 'stopped', spool: { messages: sent } })
  })

  test('when the store is back the next process stores it all, before anything else', async () => {
    for (const day of days) await rm(day, { recursive: true })
    await using up = await fleet.up()
    await up.line(({ event, state }) => event === 'store' && state === 'drained')
    expect(await segments()).toEqual([])
    const { latest } = await fleet.json<LatestValues>('telemetry', 'latest', '--metric', 'flow')
    expect(latest.map(({ device }) => device)).toEqual(['p1', 'p2'])
    const isWell = async () => (await status()).well || undefined
    expect(await poll(isWell, { within: 20_000, every: 500 })).toBe(true) // services speak every three seconds
    const { rows } = await fleet.json<{ rows: readonly unknown[] }>(
      ...['telemetry', 'query', 'p1', 'p2', '--metric', 'flow', '--last', '1h', '--limit', '100000'],
    )
    expect(rows).toHaveLength(sent)
  })
})
