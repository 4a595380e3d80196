import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BarResult } from '../../src/lib/fleet/bar-devices.ts'
import type { BrokerConfigResult } from '../../src/lib/fleet/configure-broker.ts'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoBinary, mosquittoMissing } from '../support/mosquitto.ts'
import type { Running } from '../support/program.ts'

/** mosquitto that somebody else runs, from the folder that `broker config` writes, with the ingest role beside it. */
describe.skipIf(mosquittoMissing())('a fleet on a mosquitto of its own', () => {
  let fleet: TestFleet
  let mosquitto: ChildProcess
  const services: Running[] = []

  beforeAll(async () => {
    fleet = await TestFleet.make({ broker: 'external' })
    await fleet.json('device', 'provision', 'p1', 'p2')
  })
  afterAll(async () => {
    for (const service of services) await service[Symbol.asyncDispose]()
    if (mosquitto !== undefined && mosquitto.exitCode === null) {
      mosquitto.kill('SIGTERM')
      await once(mosquitto, 'exit')
    }
    await fleet[Symbol.asyncDispose]()
  })

  test('starts from what broker config writes', async () => {
    const folder = path.join(fleet.folder, 'broker')
    const config = await fleet.json<BrokerConfigResult>('broker', 'config', '--to', folder)
    expect(config.files).toContain('mosquitto.conf')
    const args = ['-c', path.join(folder, 'mosquitto.conf')]
    mosquitto = spawn(mosquittoBinary()!, args, { stdio: 'ignore' })
    const serve = fleet.start('serve', '--role', 'ingest')
    services.push(serve)
    await serve.line(({ event, state }) => event === 'link' && state === 'online')
  })

  test('what devices report is stored by the ingest role', async () => {
    const simulation = fleet.start('simulate', '--rate', '5')
    services.push(simulation)
    await simulation.line(({ connected, acknowledged }) => connected === 2 && Number(acknowledged) > 10)
    const latest = await fleet.json<{ latest: { device: string }[] }>('telemetry', 'latest')
    expect(new Set(latest.latest.map(({ device }) => device))).toEqual(new Set(['p1', 'p2']))
  })

  test('a second ingest role in the directory is refused', async () => {
    expect((await fleet.run('serve', '--role', 'ingest', '--json')).code).toBe(10)
  })

  test('up runs no broker beside it: it is what serve is', async () => {
    const { code, stdout } = await fleet.run('up', '--json')
    expect(code).toBe(10)
    expect(stdout).toContain('ingest role')
  })

  test('block reaches it: rules rewritten, reread, the session ended', async () => {
    const blocked = await fleet.json<BarResult>('device', 'block', 'p1')
    expect(blocked).toMatchObject({ devices: ['p1'], broker: 'mosquitto', evicted: ['p1'] })
    expect((await fleet.run('tail', 'p1', '--count', '1', '--for', '3s', '--json')).code).toBe(6)
    expect((await fleet.run('tail', 'p2', '--count', '1', '--for', '10s', '--json')).code).toBe(0)
  })

  test('with the broker gone, block says that it does not know: exit 10', async () => {
    mosquitto.kill('SIGTERM')
    await once(mosquitto, 'exit')
    const { code, stderr } = await fleet.run('device', 'block', 'p2')
    expect(code).toBe(10)
    expect(stderr).toContain('flotilla broker reload')
  })
})

test('a folder for a fleet whose fleet.yaml says embedded names what to change there, beside the data', async () => {
  await using fleet = await TestFleet.make({ broker: 'embedded' })
  const args = ['broker', 'config', '--to', path.join(fleet.folder, 'broker')]
  const { code, stdout, stderr } = await fleet.run(...args)
  expect(code).toBe(0)
  expect(stdout).toContain('mosquitto -c ')
  expect(stdout).not.toContain('flotilla serve')
  expect(stderr).toContain('broker.kind: external')
  expect(stderr).toContain('Next: flotilla serve')
  expect(await fleet.json(...args)).toMatchObject({ kind: 'embedded' })
  expect((await fleet.run('device', 'provision', 'p1')).code).toBe(0)
  expect((await fleet.run('device', 'block', 'p1')).stderr).toContain('BROKER_NOT_TOLD')
  const yaml = path.join(fleet.folder, 'fleet.yaml')
  await writeFile(yaml, (await readFile(yaml, 'utf8')).replace('kind: embedded ', 'kind: external '))
  expect((await fleet.run(...args)).stderr).not.toContain('broker.kind')
})
