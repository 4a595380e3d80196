import { once } from 'node:events'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import type { DoctorReport } from '../../src/lib/fleet/doctor.ts'
import type { LatestValues } from '../../src/lib/fleet/latest-values.ts'
import type { Migrated } from '../../src/lib/fleet/migrate.ts'
import type { PlotData } from '../../src/lib/fleet/plot-series.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'
import { flotilla } from '../support/program.ts'
import { freshFleet, PASSWORD, questdbMissing, sharedQuestdb } from '../support/questdb.ts'
import { hasTerminal, typeAnswers } from '../support/typist.ts'

describe.skipIf(questdbMissing())('a fleet that keeps its telemetry in QuestDB', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    const { url } = await sharedQuestdb()
    fleet = await TestFleet.make({ name: freshFleet(), questdb: url })
    await fleet.json('device', 'provision', 'p1', 'p2')
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  test('what devices report through up is in the latest values, in a plot and in SQL', async () => {
    await using _ = await fleet.up()
    await using simulation = fleet.start('simulate', 'p1', 'p2', '--profile', 'pump', '--rate', '5')
    await simulation.line(({ connected }) => connected === 2)
    const both = await poll(
      async () => {
        const { latest } = await fleet.json<LatestValues>('telemetry', 'latest', '--metric', 'flow')
        return latest.length === 2 ? latest : undefined
      },
      { within: 20_000 },
    )
    expect(both?.map(({ device }) => device)).toEqual(['p1', 'p2'])
    const plot = await fleet.json<PlotData>('telemetry', 'plot', 'p1', '--metric', 'flow', '--last', '1m')
    expect(plot.series[0]?.points.length).toBeGreaterThan(0)
    const select = `SELECT device, count() n FROM ${fleet.name}_measurements WHERE metric = 'flow' ORDER BY device`
    const { stdout } = await fleet.run('telemetry', 'query', '--sql', select, '--json')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      { device: 'p1', n: expect.any(Number) },
      { device: 'p2', n: expect.any(Number) },
    ])
  })

  const sql = (...args: readonly string[]) => fleet.run('telemetry', 'query', '--sql', ...args)
  const env = { FLOTILLA_STORE_PASSWORD: PASSWORD }

  test('what happened to a device stands in the events, and status names the store', async () => {
    await using up = await fleet.up()
    await using simulation = fleet.start('simulate', 'p2', '--profile', 'pump', '--rate', '5')
    await simulation.line(({ connected }) => connected === 1)
    await fleet.json('device', 'block', 'p2')
    const statement = `SELECT DISTINCT kind FROM ${fleet.name}_events WHERE device = 'p2' ORDER BY kind`
    const kinds = async () => (await sql(statement, '--csv')).stdout.trim().split('\n').slice(1).join(' ')
    const wanted = 'blocked connected delivered disconnected refused reported'
    await expect.poll(kinds, { timeout: 20_000, interval: 1000 }).toBe(wanted)
    const ended = `SELECT body FROM ${fleet.name}_events WHERE device = 'p2' AND kind = 'disconnected' ORDER BY ts`
    const bodies = (await sql(ended, '--json')).stdout.trim().split('\n')
    expect(JSON.parse(bodies.at(-1)!)).toEqual({ body: '{"reason":"evicted"}' })
    const { stdout } = await fleet.run('status', '--json')
    const { services } = JSON.parse(stdout) as FleetStatus
    expect(services.map(({ role, state }) => [role, state])).toContainEqual(['store', 'ok'])
    await up.stop()
  })

  test('init has made the tables; migrate finds nothing to do, doctor nothing wrong', async () => {
    const { current, store } = await fleet.json<Migrated>('migrate')
    expect([current, store]).toEqual([true, { kind: 'questdb', changes: [] }])
    const { stdout } = await fleet.run('doctor', '--json')
    const { diagnoses } = JSON.parse(stdout) as DoctorReport
    expect(diagnoses.filter(({ check }) => check.startsWith('store')).map(({ code }) => code)).toEqual([
      'OK',
      'OK',
    ])
  })

  test('a fleet whose tables would be those of another is refused before anything is made', async () => {
    const { url } = await sharedQuestdb()
    const other = fleet.name.replaceAll('_', '-')
    const choices = { name: other, questdb: url }
    await expect(TestFleet.make(choices)).rejects.toThrow(`belong to the fleet ${fleet.name}`)
  })

  test('SQL comes as a table and as CSV, and the server says what it does not understand', async () => {
    const select = 'SELECT 9007199254740993 large, \'a,"b"\' text, null nothing FROM long_sequence(1)'
    expect((await sql(select, '--csv')).stdout).toBe('large,text,nothing\n9007199254740993,"a,""b""",\n')
    const table = await sql('SELECT x FROM long_sequence(3)', '--skip', '1')
    expect(table.stdout.split('\n').map((line) => line.trim())).toEqual(['x', '2', '3', ''])
    const wrong = await sql('SELECT nonsense FROM nowhere', '--json')
    expect(wrong).toMatchObject({ code: 2, stdout: expect.stringContaining('STORE_QUERY') })
    const writing = await sql(`DROP TABLE ${fleet.name}_measurements`)
    expect(writing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SELECT, WITH, SHOW or EXPLAIN'),
    })
  })

  test('a pipe gets every row, and where a limit cuts some off it is said with what shows them', async () => {
    const all = await sql('SELECT x FROM long_sequence(300000)', '--json')
    expect(all.code).toBe(0)
    const lines = all.stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(300_000)
    expect(lines.at(-1)).toBe('{"x":300000}')
    const cut = await sql('SELECT x FROM long_sequence(10)', '--limit', '4', '--skip', '2', '--csv')
    expect(cut.stdout).toBe('x\n3\n4\n5\n6\n')
    expect(cut.stderr).toContain('there are more')
    expect(cut.stderr).toContain('--skip 6')
    expect((await sql('SELECT x FROM long_sequence(4)', '--limit', '4')).stderr).not.toContain('more')
  })

  test('the statement comes from standard input, too', async () => {
    const args = ['telemetry', 'query', '--sql', '-', '--csv', '--fleet', fleet.folder]
    const { code, stdout } = await flotilla(args, {
      env,
      input: 'SELECT x\nFROM long_sequence(2) -- "two"\n',
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'x\n1\n2\n' })
  })

  test.skipIf(!hasTerminal)('a screen gets 200 rows unasked', async () => {
    const args = ['telemetry', 'query', '--sql', 'SELECT x FROM long_sequence(300)', '--fleet', fleet.folder]
    const { text } = await typeAnswers(args, [], env)
    expect(text.match(/^ *\d+\r?$/gm)).toHaveLength(200)
    expect(text).toContain('--skip 200')
  })
})

describe('a fleet on the embedded store', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await TestFleet.make()
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  test('has no SQL, and says what to do instead', async () => {
    const { code, stderr } = await fleet.run('telemetry', 'query', '--sql', 'SELECT 1')
    expect(code).toBe(2)
    expect(stderr).toContain('flotilla telemetry query')
    expect(stderr).toContain('store.kind: questdb')
  })

  test.each([
    [['p1', '--sql', 'SELECT 1'], 'Devices ("p1") and --sql'],
    [['--sql', 'SELECT 1', '--metric', 'flow'], '--metric and --sql'],
    [['--sql', 'SELECT 1', '--last', '1h'], '--last and --sql'],
    [['p1', '--skip', '1'], '--skip needs --sql'],
    [['--last', '1h'], 'DEVICES is missing'],
  ])('telemetry query %j is a usage error that names what does not fit', async (args, said) => {
    const { code, stderr } = await fleet.run('telemetry', 'query', ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(said)
  })
})

test('a store that is away holds up neither init nor up nor a block; status names it, migrate says what is left', async () => {
  await using fleet = await TestFleet.make({ questdb: 'http://127.0.0.1:9' })
  const init = await flotilla(['init', fleet.folder])
  expect(init.stdout).toMatch(
    /cannot be reached \(ECONNREFUSED\)\.\nStart it, or correct store\.url in fleet\.yaml\.\nThen flotilla migrate makes them/,
  )
  await fleet.json('device', 'provision', 'p1')
  await using _ = await fleet.up()
  expect(await fleet.json('device', 'block', 'p1')).toMatchObject({ devices: ['p1'] })
  const store = async () => {
    const { stdout } = await fleet.run('status', '--json')
    return (JSON.parse(stdout) as FleetStatus).services.find(({ role }) => role === 'store')
  }
  const failing = { state: 'failing', failing: expect.stringContaining('Start it, or correct store.url') }
  await expect.poll(store, { timeout: 15_000, interval: 1000 }).toMatchObject(failing)
  const { code, stdout } = await fleet.run('status')
  expect(code).toBe(5)
  expect(stdout).toContain('store: QuestDB at 127.0.0.1:9 cannot be reached')
  const migrate = await fleet.run('migrate')
  expect(migrate.code).toBe(10)
  expect(migrate.stderr).toContain('Registry and state are up to date, the store is not')
})

test('a QuestDB that is down is named, with exit code 10', async () => {
  await using fleet = await TestFleet.make({ questdb: 'http://127.0.0.1:9' })
  const { code, stderr } = await fleet.run('telemetry', 'latest')
  expect(code).toBe(10)
  expect(stderr).toContain('QuestDB at 127.0.0.1:9 cannot be reached')
})

test.skipIf(questdbMissing() || mosquittoMissing())(
  'on mosquitto who comes without a certificate is an event of no device, read from the log',
  async () => {
    const { url } = await sharedQuestdb()
    await using fleet = await TestFleet.make({ broker: 'mosquitto', name: freshFleet(), questdb: url })
    await using up = await fleet.up()
    for (let time = 0; time < 3; time++) {
      const socket = connect({ host: '127.0.0.1', port: fleet.port, rejectUnauthorized: false })
      await once(socket, 'close').catch(() => {}) // its error is what is wanted
    }
    const statement = `SELECT device, body FROM ${fleet.name}_events WHERE kind = 'refused'`
    const refused = async () => (await fleet.run('telemetry', 'query', '--sql', statement, '--json')).stdout
    await expect.poll(refused, { timeout: 20_000, interval: 1000 }).not.toBe('')
    const [first, ...others] = (await refused()).trim().split('\n')
    expect(others).toEqual([])
    const { device, body } = JSON.parse(first!) as { device: null; body: string }
    expect(device).toBeNull()
    expect(JSON.parse(body)).toEqual({ reason: 'no-certificate', address: '127.0.0.1', source: 'log' })
    await up.stop()
  },
)
