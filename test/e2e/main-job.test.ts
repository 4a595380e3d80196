import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BarResult } from '../../src/lib/fleet/bar-devices.ts'
import type { ProvisionResult } from '../../src/lib/fleet/provision-result.ts'
import type { RemoveResult } from '../../src/lib/fleet/remove-devices.ts'
import type { DeviceDetails } from '../../src/lib/fleet/show-device.ts'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'
import { flotilla, type Running } from '../support/program.ts'

/** The main job as its user runs it: one story, on each broker that `up` runs. */
describe.each(['embedded', 'mosquitto'] as const)('a fleet on %s', (broker) => {
  const skip = broker === 'mosquitto' && mosquittoMissing()
  let fleet: TestFleet
  let up: Running
  let simulation: Running

  beforeAll(async () => {
    if (skip) return
    fleet = await TestFleet.make({ broker })
    up = await fleet.up()
  })
  afterAll(async () => {
    await simulation?.[Symbol.asyncDispose]()
    await up?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test.skipIf(skip)('a second up in the same directory is refused, and says so', async () => {
    const { code, stdout } = await fleet.run('up', '--json')
    expect(code).toBe(10)
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'LOCKED', exitCode: 10 })
  })

  test.skipIf(skip)('devices get certificates of their own, once', async () => {
    const line = ['device', 'provision', '--count', '3', '--prefix', 'pump', '--tag', 'hall=B']
    const first = await fleet.json<ProvisionResult>(...line)
    expect(first).toMatchObject({ issued: 3, already: 0, failed: 0 })
    const again = await fleet.json<ProvisionResult>(...line)
    expect(again).toMatchObject({ issued: 0, already: 3, failed: 0 })
    const folder = path.join(fleet.folder, 'devices', 'pump-0001')
    expect((await stat(path.join(folder, 'key.pem'))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  test.skipIf(skip)('they report over mTLS, and a technician watches', async () => {
    simulation = fleet.start('simulate', 'hall=B', '--rate', '5', '--profile', 'pump')
    await simulation.line(({ connected }) => connected === 3)
    const { code, stdout } = await fleet.run('tail', '--count', '6', '--for', '20s', '--json')
    expect(code).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { device: string })
    expect(lines.length).toBeGreaterThanOrEqual(6)
    for (const { device } of lines) expect(device).toMatch(/^pump-000[123]$/)
  })

  test.skipIf(skip)('what they report is in the store', async () => {
    const { code, stdout } = await fleet.run('telemetry', 'latest', 'pump-0001', '--metric', 'flow')
    expect(code).toBe(0)
    expect(stdout).toContain('pump-0001')
    const plot = await fleet.run('telemetry', 'plot', 'pump-0001', '--metric', 'flow', '--last', '5m')
    expect(plot.code).toBe(0)
    for (const line of plot.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const details = await fleet.json<DeviceDetails>('device', 'show', 'pump-0001')
    expect(details).toMatchObject({ life: 'reported', blocked: false, tags: { hall: 'B' } })
    expect(details.latest.map(({ metric }) => metric)).toContain('pressure')
  })

  test.skipIf(skip)('a blocked device is out, its neighbours are not', async () => {
    const blocked = await fleet.json<BarResult>('device', 'block', 'pump-0002')
    expect(blocked).toMatchObject({ devices: ['pump-0002'], broker: 'up', evicted: ['pump-0002'] })
    const silent = await fleet.run('tail', 'pump-0002', '--count', '1', '--for', '3s', '--json')
    expect(silent.code).toBe(6)
    expect((await fleet.run('tail', 'pump-0001', '--count', '1', '--for', '10s', '--json')).code).toBe(0)
    const again = await fleet.json<BarResult>('device', 'block', 'pump-0002')
    expect(again).toMatchObject({ devices: [], already: ['pump-0002'] })
  })

  test.skipIf(skip)('unblocked it comes back by itself', async () => {
    await fleet.json<BarResult>('device', 'unblock', 'pump-0002')
    const { code } = await fleet.run('tail', 'pump-0002', '--count', '1', '--for', '40s', '--json')
    expect(code).toBe(0)
  })

  test.skipIf(skip)('without the passphrase nothing is removed', async () => {
    const line = ['device', 'remove', 'pump-0003', '--yes', '--json', '--fleet', fleet.folder]
    const { code } = await flotilla(line, { env: { FLOTILLA_CA_PASSPHRASE: 'not the right one' } })
    expect(code).toBe(3)
    expect(await fleet.json<DeviceDetails>('device', 'show', 'pump-0003')).toMatchObject({ life: 'reported' })
    expect((await fleet.run('cert', 'verify', 'pump-0003')).code).toBe(0)
  })

  test.skipIf(skip)('a selector that chooses nothing is a mistake: exit 4', async () => {
    for (const verb of ['block', 'unblock', 'remove']) {
      const { code, stderr } = await fleet.run(
        'device',
        verb,
        'hall=nowhere',
        ...(verb === 'remove' ? ['--yes'] : []),
      )
      expect(code).toBe(4)
      expect(stderr).toContain('NOTHING_SELECTED')
    }
    const both = await fleet.run('device', 'block', 'pump-0001', 'and', 'pump-0002')
    expect(both.code).toBe(2)
    expect(both.stderr).toContain('pump-0001,pump-0002')
  })

  test.skipIf(skip)('a removed device is out for good, and its id is not given out again', async () => {
    const refused = await fleet.run('device', 'remove', 'pump-0003', '--no-input', '--json')
    expect(refused.code).toBe(2)
    const removed = await fleet.json<RemoveResult>('device', 'remove', 'pump-0003', '--yes')
    expect(removed.devices).toEqual(['pump-0003'])
    expect(removed.revoked).toHaveLength(1)
    expect((await fleet.run('tail', 'pump-0003', '--count', '1', '--for', '3s', '--json')).code).toBe(6)
    const again = await fleet.json<RemoveResult>('device', 'remove', 'pump-0003', '--yes')
    expect(again).toMatchObject({ devices: [], already: ['pump-0003'], revoked: [] })
    const { code, stdout } = await fleet.run('device', 'provision', 'pump-0003', '--json')
    expect(code).toBe(7)
    expect(stdout).toContain('ROW_RETIRED')
    expect((await fleet.run('cert', 'verify', 'pump-0003')).code).toBe(9)
  })

  test.skipIf(skip)('SIGTERM ends both in good order', async () => {
    expect(await simulation.stop('SIGTERM')).toBe(0)
    expect(await up.stop('SIGTERM')).toBe(0)
    const stopped = JSON.parse(up.lines.at(-1)!) as { event: string; stored: number }
    expect(stopped.event).toBe('stopped')
    expect(stopped.stored).toBeGreaterThan(0)
  })
})
