import { expect, test } from 'vitest'
import { queryCsv, queryNote, queryTable } from '../../../src/lib/cli/query-text.ts'
import type { QueryResult } from '../../../src/lib/fleet/query-telemetry.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const at = '2026-11-25T14:27:36.123456Z'
const result: QueryResult = {
  from: at,
  to: at,
  interval: null,
  cut: 1,
  rows: [
    { device: 'pump-0001', metric: 'flow', at, values: { value: 1 / 3 } },
    { device: 'pump-0001', metric: 'mode', at, values: { value: 'a,\u001b"b"' } },
  ],
}

test('a program reads whole times, a person six digits and nothing that steers the terminal', () => {
  const lines = queryTable(result, textTerminal({ isScreen: false }), Date.parse(at)).split('\n')
  expect(lines[1]).toBe(`${at}  pump-0001  flow     0.333333`)
  expect(lines[2]).toContain('a,\\x1b"b"')
  expect(queryTable(result, textTerminal(), Date.parse(at))).toMatch(/\d\d:\d\d:\d\d {2}pump-0001/)
})

test('CSV has all digits', () => {
  expect(queryCsv(result).split('\n')).toEqual([
    'time,device,metric,value',
    `${at},pump-0001,flow,0.3333333333333333`,
    `${at},pump-0001,mode,"a,\u001b""b"""`,
  ])
  expect(queryCsv({ ...result, rows: [] })).toBe('time,device,metric,value')
})

test('what was cut is said, and so is that nothing is there', () => {
  expect(queryNote(result, 2, paintAt(0))).toContain('2 rows · 1 series cut to the newest 2: --limit')
  const rows = [{ ...result.rows[0]!, metric: '\u001b[2J' }]
  expect(queryNote({ ...result, rows }, 2, paintAt(0))).toMatch(/Next: flotilla tail$/)
  expect(queryNote({ ...result, rows: [], interval: 60 }, 2, paintAt(0))).toContain('No number is stored')
})
