import { expect, test } from 'vitest'
import { showSql } from '../../../src/lib/cli/sql-view.ts'
import type { SqlPage } from '../../../src/lib/fleet/sql-telemetry.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const columns = [
  { name: 'device', type: 'SYMBOL' },
  { name: 'n', type: 'LONG' },
]

/** Rows with the numbers [0, count), a hundred a page. */
async function* numbered(count: number, next: number | null = null): AsyncGenerator<SqlPage> {
  yield { columns, rows: [], next: null }
  for (let from = 0; from < count; from += 100) {
    const rows = Array.from({ length: Math.min(100, count - from) }, (_, n) => ['p\u001b[2J', from + n])
    yield { columns, rows, next: null }
  }
  if (next !== null) yield { columns, rows: [], next }
}

test('a long answer is a table after another, no row lost or twice, nothing that steers the terminal', async () => {
  const terminal = textTerminal()
  expect(await showSql(numbered(2500), 'table', terminal)).toEqual({ rows: 2500, next: null })
  const tables = terminal.said.map((text) => text.split('\n').map((line) => line.trim().split(/ +/)))
  expect(tables.map(([head, ...rows]) => [head, rows.length])).toEqual(
    [1000, 1000, 500].map((count) => [['device', 'n'], count]),
  )
  const body = tables.flatMap((lines) => lines.slice(1))
  expect(body.map(([, n]) => Number(n))).toEqual(Array.from({ length: 2500 }, (_, n) => n))
  expect(body[0]?.[0]).toBe('p\\x1b[2J')
})

test('CSV has its head once, also above nothing', async () => {
  const terminal = textTerminal()
  await showSql(numbered(101, 101), 'csv', terminal)
  expect(terminal.said.join('\n').match(/device,n/g)).toHaveLength(1)
  const empty = textTerminal()
  await showSql(numbered(0), 'csv', empty)
  expect(empty.said).toEqual(['device,n'])
})

test('JSON is a line for each row, and what follows is told', async () => {
  const terminal = textTerminal()
  expect(await showSql(numbered(150, 150), 'json', terminal)).toEqual({ rows: 150, next: 150 })
  const lines = terminal.said.join('\n').split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    Array.from({ length: 150 }, (_, n) => ({ device: 'p\u001b[2J', n })),
  )
})
