import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'

/** A disk in memory for the fleet's directory: only root of a Linux machine can make one. */
const disk = mkdtempSync(path.join(tmpdir(), 'flotilla-disk-'))
const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk])
const isMounted = status === 0
afterAll(() => {
  if (isMounted) spawnSync('umount', ['-l', disk])
  rmSync(disk, { recursive: true })
})

test.skipIf(!isMounted)(
  'services whose notes find no room run, their disk is named, and with room all is well again',
  async () => {
    await using fleet = await TestFleet.make({ below: disk })
    await using _ = await fleet.up()
    const look = async () => JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus
    expect((await look()).findings).toEqual([])

    const filler = path.join(disk, 'filler')
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(filler, Buffer.alloc(bavail * bsize))
    expect((await look()).findings).toMatchObject([{ code: 'DISK_FULL', next: 'flotilla doctor' }])
    const states = async () => (await look()).services.map(({ state }) => state)
    await expect.poll(states, { timeout: 30_000, interval: 1000 }).toEqual(['stuck', 'stuck'])
    const { code, stdout } = await fleet.run('status')
    expect(code).toBe(5)
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /broker runs, but says nothing since \S+: its disk is full .*disk \S+ \S+ free at \S+: make room Next: flotilla doctor/,
    )

    rmSync(filler)
    await expect.poll(async () => (await look()).findings, { timeout: 15_000, interval: 1000 }).toEqual([])
  },
  60_000,
)
