import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FailureDocument } from '../../src/lib/cli/failure.ts'
import { readCredential } from '../../src/lib/fleet/credentials.ts'
import type { DeadLetterListing, DeadLetterView } from '../../src/lib/fleet/dead-letters.ts'
import type { LatestValues } from '../../src/lib/fleet/latest-values.ts'
import type { QueryResult } from '../../src/lib/fleet/query-telemetry.ts'
import { connect } from '../../src/lib/mqtt/connection.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { ReplayResult } from '../../src/lib/service/replay-dead-letters.ts'
import { TestFleet } from '../support/fleet.ts'
import type { Running } from '../support/program.ts'

const OLD = Math.floor(Date.now() / 1000) - 1000 * 86_400
const STEER = Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff, 0])

/** SenML in CBOR: {-2: "motor:", 0: "temp", 2: 41.5}, {0: "on", 4: true}. */
const SENML = Buffer.from('82a321666d6f746f723a006474656d7002f95130a200626f6e04f5', 'hex')

/** Two devices whose clocks are wrong by the fleet's retention, and one that sends no telemetry at all. */
describe('dead letters', () => {
  let fleet: TestFleet
  let up: Running | undefined

  const publish = async (device: string, ...payloads: readonly (string | Buffer)[]) => {
    const credential = await readCredential(path.join(fleet.folder, 'devices', device))
    const broker = { host: 'localhost', port: fleet.port }
    await using connection = await connect({ broker, credential, clientId: device })
    for (const payload of payloads) await connection.publish(`dt/acme/${device}`, payload)
  }
  const list = (...args: readonly string[]) =>
    fleet.json<DeadLetterListing>('telemetry', 'deadletters', 'list', ...args)
  const replay = (...args: readonly string[]) =>
    fleet.json<ReplayResult>('telemetry', 'deadletters', 'replay', ...args)
  const values = async (device: string) => {
    const { rows } = await fleet.json<{ rows: unknown[] }>(
      ...['telemetry', 'query', device, '--metric', 'level', '--from', '1500d'],
    )
    return rows.length
  }

  beforeAll(async () => {
    fleet = await TestFleet.make()
    await fleet.json('device', 'provision', 'p1', 'p2', 'p3')
    up = await fleet.up()
    await publish('p1', `{"ts":${OLD},"level":1}`, `{"ts":${OLD + 1},"level":2}`)
    await publish('p2', `{"ts":${OLD},"level":3}`)
    await publish('p3', STEER, '{"level":4}', SENML)
  })
  afterAll(async () => {
    await up?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test('are none of what can be read, in whatever encoding it comes', async () => {
    const { latest } = await fleet.json<LatestValues>('telemetry', 'latest', 'p3')
    expect(latest.map(({ metric, value }) => [metric, value])).toEqual([
      ['level', 4],
      ['motor:on', true],
      ['motor:temp', 41.5],
    ])
  })

  test('are listed with their reason, the latest first', async () => {
    const { letters, total } = await list()
    expect(total).toBe(4)
    expect(letters.map(({ device, reason }) => [device, reason])).toEqual([
      ['p3', 'utf8'],
      ['p2', 'clock'],
      ['p1', 'clock'],
      ['p1', 'clock'],
    ])
    expect(await list('--device', 'p1', '--limit', '1')).toMatchObject({
      letters: [{ device: 'p1' }],
      total: 2,
    })
    expect((await list('--reason', 'utf8')).total).toBe(1)
  })

  test('reach a terminal without what could steer it', async () => {
    const { code, stdout, stderr } = await fleet.run('telemetry', 'deadletters', 'list')
    expect(code).toBe(0)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain(STEER.toString('hex'))
    expect(stdout).toMatch(/clock +.*dt\/acme\/p1 .*older than what is kept/)
    expect(stderr).toContain('Next: flotilla telemetry deadletters replay')
  })

  test('are exported byte by byte', async () => {
    const { code, stdout } = await fleet.run('telemetry', 'deadletters', 'export')
    expect(code).toBe(0)
    const letters = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DeadLetterView)
    expect(letters.map(({ device }) => device)).toEqual(['p1', 'p1', 'p2', 'p3'])
    expect(Buffer.from(letters[3]!.payload, 'base64').equals(STEER)).toBe(true)
  })

  test('stay while the cause does', async () => {
    const { code, stdout } = await fleet.run('telemetry', 'deadletters', 'replay', '--json')
    const { error } = JSON.parse(stdout) as FailureDocument
    expect(code).toBe(7)
    expect(error).toMatchObject({
      code: 'LETTERS_KEPT',
      exitCode: 7,
      details: { stored: 0, measurements: 0, kept: 4, rejected: { clock: 3, utf8: 1 } },
    })
    expect((await list()).total).toBe(4)
  })

  test('after the mend are stored by ingest that runs, and taken out', async () => {
    await up!.stop()
    const file = path.join(fleet.folder, 'fleet.yaml')
    const config = await readFile(file, 'utf8')
    await writeFile(file, config.replace(/measurements: \S+/, 'measurements: 3000d'))
    up = await fleet.up()
    expect(await replay('--device', 'p1')).toEqual({ stored: 2, measurements: 2, kept: 0, rejected: {} })
    expect(await values('p1')).toBe(2)
    expect((await list()).total).toBe(2)
  })

  test('and without ingest by the command itself', async () => {
    await up!.stop()
    const { code, stdout, stderr } = await fleet.run('telemetry', 'deadletters', 'replay')
    expect(code).toBe(7)
    expect(stdout).toBe('1 dead letter stored: 1 measurement.\n')
    expect(stderr).toMatch(/^Error 1 dead letter cannot be stored still: utf8 1\..*\nThey stay\./)
    expect(await values('p2')).toBe(1)
    expect((await list()).letters.map(({ device }) => device)).toEqual(['p3'])
  })

  test('a replay that is killed anywhere loses nothing, and the same line goes on', async () => {
    const count = 20_000
    {
      const stateFile = path.join(fleet.folder, 'data', 'state.db')
      await using state = await openSqliteState({ stateFile, migrate: false })
      const letters = Array.from({ length: count }, (_, index) => ({
        topic: 'dt/acme/p1',
        payload: Buffer.from(`{"ts":${OLD + 10_000 + index},"index":${index}}`),
        reason: 'store',
        detail: '',
        device: 'p1',
        at: Date.now(),
      }))
      await state.addDeadLetters(letters)
    }
    const left = async () => (await list('--reason', 'store', '--limit', '1')).total
    for (let before = count; before > count / 2; ) {
      const replaying = fleet.start('telemetry', 'deadletters', 'replay')
      while ((await left()) === before) expect(replaying.child.exitCode).toBe(null)
      await replaying.stop('SIGKILL')
      before = await left()
    }
    await replay('--reason', 'store')
    expect(await left()).toBe(0)
    const args = [
      'telemetry',
      'query',
      'p1',
      '--metric',
      'index',
      '--from',
      '1500d',
      '--limit',
      String(2 * count),
    ]
    const { rows } = await fleet.json<QueryResult>(...args)
    const found = rows.map(({ values }) => values['value'])
    expect(found.length).toBe(count)
    expect(found.every((value, index) => value === index)).toBe(true)
  })
})
