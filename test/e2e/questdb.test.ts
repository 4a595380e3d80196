import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TelemetrySqlResult } from '../../src/commands/telemetry/sql.ts'
import { poll } from '../../src/lib/base/retry.ts'
import type { LatestValues } from '../../src/lib/fleet/latest-values.ts'
import type { PlotData } from '../../src/lib/fleet/plot-series.ts'
import { TestFleet } from '../support/fleet.ts'
import { freshFleet, questdbMissing, sharedQuestdb } from '../support/questdb.ts'

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
    const { columns, rows, next } = await fleet.json<TelemetrySqlResult>(
      'telemetry',
      'sql',
      `SELECT device, count() n FROM ${fleet.name}_measurements WHERE metric = 'flow' ORDER BY device`,
      '--limit',
      '1',
    )
    expect(columns).toEqual([
      { name: 'device', type: 'SYMBOL' },
      { name: 'n', type: 'LONG' },
    ])
    expect(rows).toEqual([['p1', expect.any(Number)]])
    expect(next).toBe(1)
  })

  test('SQL comes as a table and as CSV, and the server says what it does not understand', async () => {
    const select = 'SELECT 9007199254740993 large, \'a,"b"\' text, null nothing FROM long_sequence(1)'
    const csv = await fleet.run('telemetry', 'sql', select, '--csv')
    expect(csv.stdout).toBe('large,text,nothing\n9007199254740993,"a,""b""",\n')
    const table = await fleet.run('telemetry', 'sql', 'SELECT x FROM long_sequence(3)', '--skip', '1')
    expect(table.stdout.split('\n').map((line) => line.trim())).toEqual(['x', '2', '3', ''])
    const wrong = await fleet.run('telemetry', 'sql', 'SELECT nonsense FROM nowhere', '--json')
    expect(wrong).toMatchObject({ code: 2, stdout: expect.stringContaining('STORE_QUERY') })
    const writing = await fleet.run('telemetry', 'sql', `DROP TABLE ${fleet.name}_measurements`)
    expect(writing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('SELECT, WITH, SHOW or EXPLAIN'),
    })
  })
})

test('the embedded store has no SQL, and says what to do instead', async () => {
  await using fleet = await TestFleet.make()
  const { code, stderr } = await fleet.run('telemetry', 'sql', 'SELECT 1')
  expect(code).toBe(2)
  expect(stderr).toContain('telemetry query')
})

test('a QuestDB that is down is named, with exit code 10', async () => {
  await using fleet = await TestFleet.make({ questdb: 'http://127.0.0.1:9' })
  const { code, stderr } = await fleet.run('telemetry', 'latest')
  expect(code).toBe(10)
  expect(stderr).toContain('QuestDB at 127.0.0.1:9 cannot be reached')
})
