import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { brokerStart } from '../../../src/lib/fleet/broker-start.ts'
import { rememberTarget } from '../../../src/lib/fleet/broker-target.ts'
import { parseConfig } from '../../../src/lib/fleet/config.ts'
import { FleetDirectory } from '../../../src/lib/fleet/directory.ts'

const config = (kind: string) =>
  parseConfig(`version: 1\nname: acme\nbroker:\n  kind: ${kind}\n`, 'fleet.yaml')

test('up starts only the brokers that it runs; of another it is said where its folder is, or comes from', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'flotilla-start-'))
  try {
    const directory = new FleetDirectory(root)
    for (const kind of ['embedded', 'mosquitto'])
      expect(await brokerStart(config(kind), directory)).toBe('Start the broker: flotilla up')
    const unknown = await brokerStart(config('external'), directory)
    expect(unknown).toContain('flotilla broker config --to DIR')
    expect(unknown).not.toContain('flotilla up')
    await rememberTarget(directory, { folder: '/etc/mosquitto/acme' })
    expect(await brokerStart(config('external'), directory)).toBe(
      'Start the broker: mosquitto -c /etc/mosquitto/acme/mosquitto.conf',
    )
  } finally {
    await rm(root, { recursive: true })
  }
})
