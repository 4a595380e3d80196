import { readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DoctorReport } from '../../src/lib/fleet/doctor.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'

/** A day of telemetry that is damaged, before `up` starts: the program as its users run it. */
describe('a damaged day', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await TestFleet.make()
    await fleet.json('device', 'provision', 'p1')
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  const report = (): Promise<unknown> => fleet.run('simulate', 'p1', '--rate', '10', '--for', '2s', '--json')

  test('is set aside, said, and ingest goes on in a new file', async () => {
    const folder = path.join(fleet.folder, 'data', 'telemetry')
    const today = `${new Date().toISOString().slice(0, 10)}.db`
    {
      await using up = await fleet.up()
      await report()
      await up.stop()
    }
    const { size } = await stat(path.join(folder, today))
    await writeFile(path.join(folder, today), 'x'.repeat(size))

    await using up = await fleet.up()
    await report()
    const said = await up.line<{ message: string }>(
      ({ event, message }) => event === 'log' && String(message).includes('set aside'),
    )
    const aside = (await readdir(folder)).find((name) => name.startsWith('damaged-'))
    expect(said.message).toContain(aside)
    const latest = await fleet.json<{ latest: readonly unknown[] }>('telemetry', 'latest')
    expect(latest.latest.length).toBeGreaterThan(0)

    const status = JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus
    expect(status.damaged).toEqual([aside])
    expect(status.findings).toContainEqual(
      expect.objectContaining({ code: 'STORE_DAMAGED', next: 'flotilla doctor' }),
    )
    const { diagnoses } = JSON.parse((await fleet.run('doctor', '--json')).stdout) as DoctorReport
    expect(diagnoses).toContainEqual(expect.objectContaining({ code: 'STORE_DAMAGED', level: 'warn' }))
  })
})
