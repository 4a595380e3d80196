import { expect, test } from 'vitest'
import type { Measurement } from '../../../../src/lib/telemetry/measurement.ts'
import { LineEncoder } from '../../../../src/lib/telemetry/questdb/line-protocol.ts'
import { tableNames } from '../../../../src/lib/telemetry/questdb/names.ts'

const DAY = 86_400_000_000

function row(metric: string, at: number, value: number | undefined, text?: string): Measurement {
  return { device: 'p-1', metric, at, value, text }
}

test('a row is its series, what it has of value and text, and its moment in microseconds', () => {
  const encoder = new LineEncoder(tableNames('acme-prod'))
  const batch = [row('flow', 5, -1.5e-300), row('state', 6, undefined, 'on'), row('open', 7, 1, 'true')]
  expect(encoder.measurements(batch, [0, 1, 2]).text).toBe(
    [
      'acme_prod_measurements,device=p-1,metric=flow value=-1.5e-300 5',
      'acme_prod_measurements,device=p-1,metric=state text="on" 6',
      'acme_prod_measurements,device=p-1,metric=open value=1,text="true" 7',
      '',
    ].join('\n'),
  )
})

test('what has a meaning in the protocol is escaped, so that no name or text makes a line of its own', () => {
  const encoder = new LineEncoder(tableNames('a'))
  const { text } = encoder.measurements([row('x y=1,\\\n', 5, undefined, 'a"\\\nb')], [0])
  expect(text).toBe('a_measurements,device=p-1,metric=x\\ y\\=1\\,\\\\\\\n text="a\\"\\\\\\\nb" 5\n')
})

test('lines know which rows of the batch they are', () => {
  const encoder = new LineEncoder(tableNames('a'))
  const lines = encoder.measurements([row('m', 1, 1), row('m', 2, 2), row('m', 3, 3)], [2, 0])
  expect(lines.rows).toEqual([2, 0])
  expect(lines.text.split('\n').map((line) => line.slice(-1))).toEqual(['3', '1', ''])
})

test('a series is entered once a day, and again when the tables may be others', () => {
  const encoder = new LineEncoder(tableNames('a'))
  const batch = [row('m', DAY + 1, 1), row('m', DAY + 2, 2), row('n', 2 * DAY, 3)]
  const entered = {
    text: `a_series,device=p-1,metric=m ${DAY}\na_series,device=p-1,metric=n ${2 * DAY}\n`,
    rows: [0, 2],
  }
  expect(encoder.entries(batch)).toEqual(entered)
  expect(encoder.entries(batch)).toEqual(entered) // not stored yet
  encoder.noteEntered(batch, entered)
  expect(encoder.entries(batch)).toEqual({ text: '', rows: [] })
  expect(encoder.entries([row('m', 2 * DAY, 1)]).rows).toEqual([0])
  encoder.forget()
  expect(encoder.entries(batch)).toEqual(entered)
})
