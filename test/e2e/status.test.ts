import { spawnSync } from 'node:child_process'
import { chmod, chown, readdir } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takeLock } from '../../src/lib/base/process-lock.ts'
import type { DoctorReport } from '../../src/lib/fleet/doctor.ts'
import type { QueryResult } from '../../src/lib/fleet/query-telemetry.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')
const NOBODY = 65_534

describe('how the fleet is', () => {
  let fleet: TestFleet

  beforeAll(async () => {
    fleet = await TestFleet.make()
    await fleet.json('device', 'provision', '--count', '4', '--prefix', 'pump')
  })
  afterAll(() => fleet?.[Symbol.asyncDispose]())

  const status = async (): Promise<FleetStatus & { code: number | null }> => {
    const { code, stdout } = await fleet.run('status', '--json')
    return { ...(JSON.parse(stdout) as FleetStatus), code }
  }
  const codesOf = ({ findings }: FleetStatus) => findings.map(({ code }) => code)

  test('a fleet that never ran says how to start it: exit 5', async () => {
    const { code, stdout } = await fleet.run('status')
    expect(code).toBe(5)
    expect(stdout).toMatch(/^acme · 4 devices · localhost:\d+ \(embedded\)/)
    expect(stdout).toMatch(/services +broker never ran · ingest never ran +Next: flotilla up --fleet \S+\n/)
    expect(stdout).toContain('4 never seen')
  })

  test('a service that holds its lock runs, though it could not note a word', async () => {
    using _ = await takeLock(path.join(fleet.folder, 'data', 'run', 'ingest.lock'), { what: 'ingest' })
    const { services, findings } = await status()
    expect(services.map(({ state }) => state)).toEqual(['missing', 'stuck'])
    expect(findings).toMatchObject([
      { code: 'SERVICE_DOWN', next: 'flotilla up' },
      { code: 'SERVICE_STUCK', next: 'flotilla doctor' },
    ])
  })

  test('while it runs all is well; what is late, refused or killed is seen, and faults are what they are called', async () => {
    await using up = await fleet.up()
    const faults = ['--fault', 'clock:0.25', '--fault', 'duplicate:0.25']
    const { code } = await fleet.run('simulate', '--rate', '10', '--for', '2s', ...faults)
    expect(code).toBe(0)
    const running = await status()
    expect(running.services.map(({ role, state }) => [role, state])).toEqual([
      ['broker', 'ok'],
      ['ingest', 'ok'],
    ])
    expect(running.devices).toMatchObject({ devices: 4, reporting: 4, silent: 0, neverHeard: 0 })
    expect(running).toMatchObject({ code: 5, well: false })
    expect(codesOf(running)).toEqual(['DEAD_LETTERS'])
    up.child.kill('SIGKILL')
    await sleep(200)
    const { rows, cut } = await fleet.json<QueryResult>(
      ...['telemetry', 'query', 'pump-0001', 'pump-0002', 'pump-0003', 'pump-0004'],
      ...['--metric', 'flow', '--limit', '2'],
    )
    // Of the one whose clock is wrong nothing is stored.
    expect(new Set(rows.map(({ device }) => device)).size).toBe(3)
    expect([rows.length, cut]).toEqual([6, 3])
  })

  test('after a kill the services are dead, and devices are as they were when it came', async () => {
    const dead = await status()
    expect(dead.services.every(({ state }) => state === 'dead' || state === 'stuck')).toBe(true)
    expect(codesOf(dead)).toContain('SERVICE_DOWN')
    expect(dead.devices).toMatchObject({ reporting: 4, silent: 0 })
  })

  test('after three hours without ingest nobody is silent for what nobody could hear', async () => {
    threeHoursPass(path.join(fleet.folder, 'data', 'state.db'))
    await using _ = await fleet.up()
    const { devices, services } = await status()
    expect(services.map(({ state }) => state)).toEqual(['ok', 'ok'])
    expect(devices).toMatchObject({ reporting: 4, silent: 0 })
  })

  test('--watch prints a line each time, until it is told to stop', async () => {
    await using watching = fleet.start('status', '--watch', '--every', '200ms')
    await watching.line(() => watching.lines.length >= 3)
    expect(await watching.stop('SIGINT')).toBe(0)
  })

  test('a queue on the disk brings to the next run what this one could not send', async () => {
    const queue = path.join(fleet.folder, 'pumps.queue')
    {
      await using up = await fleet.up()
      await using simulation = fleet.start('simulate', 'pump-0001', '--rate', '50', '--queue', queue)
      await simulation.line(({ connected, acknowledged }) => connected === 1 && Number(acknowledged) > 10)
      await up.stop()
      await simulation.line(({ waiting }) => Number(waiting) > 50)
      await simulation.stop('SIGKILL')
    }
    await using _up = await fleet.up()
    const { stdout } = await fleet.run(
      'simulate',
      'pump-0001',
      '--rate',
      '1',
      '--for',
      '2s',
      '--queue',
      queue,
    )
    const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>
    expect(last).toMatchObject({ event: 'stopped', waiting: 0, dropped: 0 })
    expect(Number(last['acknowledged'])).toBeGreaterThan(50)
  })

  test('doctor finds what is wrong, each with a code and a fix', async () => {
    await fleet.json('device', 'provision', '--count', '2', '--prefix', 'packed', '--packs')
    const { code, stdout } = await fleet.run('doctor', '--json')
    const { diagnoses } = JSON.parse(stdout) as DoctorReport
    expect(code).toBe(5)
    expect(diagnoses.filter(({ level }) => level === 'bad').map((one) => one.code)).toEqual([
      'BROKER_UNREACHABLE',
    ])
    {
      await using _up = await fleet.up()
      const { code, stderr } = await fleet.run('doctor')
      expect(code).toBe(0)
      expect(stderr).toContain('Nothing is wrong.')
    }
    const devices = path.join(fleet.folder, 'devices')
    const pack = (await readdir(devices)).find((name) => name.endsWith('.ndjson'))!
    for (const file of [
      path.join(fleet.folder, 'credentials', 'server', 'key.pem'),
      path.join(devices, pack),
    ]) {
      await chmod(file, 0o640)
      const { stdout } = await fleet.run('doctor')
      const line = stdout.split('\n').findIndex((one) => one.includes(`${file} can be read`))
      expect(
        stdout
          .split('\n')
          .slice(line, line + 2)
          .join('\n'),
      ).toMatch(/BAD +permissions .*\(FILE_EXPOSED\)\n +Fix: chmod go= /)
      await chmod(file, 0o600)
    }
  })

  test('doctor as another user says what that user may not use', async () => {
    const isRoot = process.getuid?.() === 0
    const key = path.join(fleet.folder, 'ca', 'staff.key.pem')
    if (isRoot) for (const name of await everything(fleet.folder)) await chown(name, NOBODY, NOBODY)
    await chmod(key, 0)
    const { stdout, stderr, error } = spawnSync(
      process.execPath,
      [RUN, 'doctor', '--json', '--fleet', fleet.folder],
      {
        encoding: 'utf8',
        env: { ...process.env, HOME: fleet.folder, FLOTILLA_OPERATOR: '' },
        ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      },
    )
    expect([error, stderr]).toEqual([undefined, ''])
    const { diagnoses } = JSON.parse(stdout) as DoctorReport
    expect(diagnoses.find(({ code }) => code === 'FILE_DENIED')?.finding).toContain('staff.key.pem')
    if (isRoot) {
      const asRoot = await fleet.run('doctor')
      expect(asRoot.stdout).toContain('(USER_ROOT)')
    }
    await chmod(key, 0o600)
  })
})

async function everything(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true })
  return [folder, ...entries.map((name) => path.join(folder, name))]
}

/** Everything in the state is three hours older. */
function threeHoursPass(file: string): void {
  using database = new DatabaseSync(file)
  const hours = 3 * 3_600_000
  database.exec(`UPDATE services SET at = at - ${hours}, started_at = started_at - ${hours};
    UPDATE seen SET last_seen = last_seen - ${hours}, last_message = last_message - ${hours}, beat = beat - ${hours}`)
}
