import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeviceListing } from '../../src/lib/fleet/list-devices.ts'
import type { DeviceDetails } from '../../src/lib/fleet/show-device.ts'
import type { TagResult } from '../../src/lib/fleet/tag-devices.ts'
import { TestFleet } from '../support/fleet.ts'

/** What needs no broker: the registry as an operator sees it. */
describe('devices', () => {
  let fleet: TestFleet
  const ids = async (...args: readonly string[]) => {
    const { devices } = await fleet.json<DeviceListing>('device', 'list', ...args)
    return devices.map(({ id }) => id)
  }

  beforeAll(async () => {
    fleet = await TestFleet.make()
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  test('an empty fleet lists none and says how to get some', async () => {
    const { code, stdout, stderr } = await fleet.run('device', 'list')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain('flotilla device provision')
    expect(await fleet.json('device', 'list')).toEqual({ devices: [], total: 0, unknown: [], kept: null })
  })

  test('devices are listed by id, with their tags, as a table without a control character', async () => {
    await fleet.json('device', 'provision', '--count', '3', '--prefix', 'pump', '--tag', 'hall=B')
    const { code, stdout, stderr } = await fleet.run('device', 'list')
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'device     state   last heard  tags',
      'pump-0001  issued  never       hall=B',
    ])
    expect(stdout + stderr).not.toContain('\u001b')
    expect(stderr).toContain('3 devices.')
  })

  test('a limit says that there are more', async () => {
    const listing = await fleet.json<DeviceListing>('device', 'list', '--limit', '2')
    expect(listing.devices).toHaveLength(2)
    expect(listing.total).toBe(3)
    expect((await fleet.run('device', 'list', '--limit', '2')).stderr).toContain('The first 2 of 3 devices.')
  })

  test('tags are set and taken away, and select', async () => {
    const tagged = await fleet.json<TagResult>('device', 'tag', 'pump-0001,pump-0002', 'line=3', 'hall=')
    expect(tagged).toEqual({ devices: ['pump-0001', 'pump-0002'], set: { line: '3' }, removed: ['hall'] })
    expect(await ids('line=3')).toEqual(['pump-0001', 'pump-0002'])
    expect(await ids('hall=B')).toEqual(['pump-0003'])
    expect(await ids('line=3', 'and', 'hall=B')).toEqual([])
    expect((await fleet.run('device', 'list', 'hall=C')).stderr).toContain('No device is chosen.')
  })

  test('more devices than was meant are not changed', async () => {
    const { code, stdout } = await fleet.run(
      'device',
      'tag',
      'line=3',
      'line=4',
      '--max-affected',
      '1',
      '--json',
    )
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error.code).toBe('TOO_MANY')
    expect(await ids('line=3')).toHaveLength(2)
  })

  test('a word that is no tag changes nothing', async () => {
    const { code, stdout } = await fleet.run('device', 'tag', 'pump-0001', 'line', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error.code).toBe('TAG')
  })

  test('a device that never connected is shown with what is known', async () => {
    const details = await fleet.json<DeviceDetails>('device', 'show', 'pump-0001')
    expect(details).toMatchObject({ life: 'issued', lastSeen: null, latest: [], refused: [] })
    expect(details.certificates).toHaveLength(1)
    const { code, stdout, stderr } = await fleet.run('device', 'show', 'PUMP-0001')
    expect(code).toBe(0)
    expect(stdout).toContain('No values are stored.')
    expect(stderr).toMatch(/flotilla tail --fleet \S+ pump-0001$/m)
  })

  test('there is nothing to see of a device that is none: exit 4', async () => {
    for (const args of [
      ['device', 'show', 'nobody'],
      ['tail', 'nobody'],
      ['telemetry', 'latest', 'nobody'],
    ]) {
      const { code, stdout } = await fleet.run(...args, '--json')
      expect(code).toBe(4)
      expect(JSON.parse(stdout).error.code).toBe('DEVICE_UNKNOWN')
    }
  })

  test('a simulation names whose credentials are not here, and how to make them', async () => {
    await rm(path.join(fleet.folder, 'devices', 'pump-0003'), { recursive: true })
    const { code, stderr } = await fleet.run('simulate', 'hall=B')
    expect(code).toBe(4)
    expect(stderr).toContain('pump-0003 has no credential')
    expect(stderr).toMatch(/flotilla device provision --fleet \S+ pump-0003$/m)
  })

  test('without a broker a simulation gives up in time: exit 10', async () => {
    const { code, stdout } = await fleet.run('simulate', 'line=3', '--within', '1s')
    expect(code).toBe(10)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['started', 'offline', 'stopped']))
  })
})
