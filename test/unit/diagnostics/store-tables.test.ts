import { expect, test } from 'vitest'
import { diagnoseTables } from '../../../src/lib/diagnostics/store-tables.ts'
import type { TableFact } from '../../../src/lib/telemetry/questdb/inspect.ts'

const good: TableFact = {
  ...{ name: 'acme_events', isThere: true, faults: [] },
  ttl: { is: '90 DAY', should: '90 DAY' },
  ...{ suspended: undefined, invalid: undefined },
}
const found = (more: Partial<TableFact>, owner: string | undefined = 'acme') =>
  diagnoseTables('acme', { server: 'db:9000', owner, tables: [{ ...good, ...more }] })

test('tables that are as they should be are one line', () => {
  expect(found({})).toMatchObject([{ level: 'ok', finding: '1 on db:9000, as they should be.' }])
  expect(found({}, undefined)).toMatchObject([{ level: 'ok' }])
})

test.each([
  ['DISK FULL No space left [size=4096]', 'STORE_FULL', 'Make room on its disk, then run there: ALTER TABLE'],
  ['out of memory', 'STORE_SUSPENDED', 'Mend the cause, then run there: ALTER TABLE acme_events RESUME WAL'],
  ['', 'STORE_SUSPENDED', 'RESUME WAL'],
])('a suspended table, of which the server says "%s", is %s', (suspended, code, fix) => {
  expect(found({ suspended })).toMatchObject([{ level: 'bad', code, fix: expect.stringContaining(fix) }])
})

test('while events cannot be written telemetry is stored, and that is said of no other table', () => {
  const finding = (name: string) => found({ name, suspended: 'x' })[0]!.finding
  expect(finding('acme_events')).toContain('Telemetry is stored all the same. Events wait')
  expect(finding('acme_measurements')).not.toContain('all the same')
})

test('what several things are wrong with has several findings; what another fleet has, one', () => {
  const ill = { faults: ['column body is missing'], ttl: { is: '0 HOUR', should: '90 DAY' }, suspended: 'x' }
  expect(found(ill).map(({ code }) => code)).toEqual(['STORE_SCHEMA', 'STORE_SUSPENDED', 'STORE_RETENTION'])
  expect(found(ill, 'ac\u001bme')).toMatchObject([
    { level: 'bad', code: 'STORE_FLEET', finding: expect.stringContaining('ac\\x1bme') },
  ])
})
