import { expect, test } from 'vitest'
import type { Measurement } from '../../../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../../../src/lib/telemetry/measurements.ts'
import { LineBuffer } from '../../../../src/lib/telemetry/questdb/line-buffer.ts'
import { LineEncoder } from '../../../../src/lib/telemetry/questdb/line-protocol.ts'
import { tableNames } from '../../../../src/lib/telemetry/questdb/names.ts'

const DAY = 86_400_000_000

function row(metric: string, at: number, value: number | undefined, text?: string): Measurement {
  return { device: 'p-1', metric, at, value, text }
}

/** A number as version 2 has it: a second `=`, the type, and its bytes. */
function binary(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return `=\x10${bytes.toString('latin1')}`
}

function encoded(batch: readonly Measurement[], from = 0, to = batch.length): string {
  const encoder = new LineEncoder(tableNames('acme-prod'))
  const buffer = new LineBuffer()
  const rows = Measurements.of(batch)
  const series = encoder.seriesOf(rows)
  encoder.measurements(rows, series, { from: 0, to: rows.length }, buffer)
  return Buffer.from(encoder.measurements(rows, series, { from, to }, buffer)).toString('latin1')
}

test('a row is its series, what it has of value and text, and its moment in microseconds', () => {
  const batch = [row('flow', 5, -1.5e-300), row('state', -6, undefined, 'on'), row('open', 7, 1, 'true')]
  expect(encoded(batch)).toBe(
    [
      `acme_prod_measurements,device=p-1,metric=flow value=${binary(-1.5e-300)} 5`,
      'acme_prod_measurements,device=p-1,metric=state text="on" -6',
      `acme_prod_measurements,device=p-1,metric=open value=${binary(1)},text="true" 7`,
      '',
    ].join('\n'),
  )
})

test('what has a meaning in the protocol is escaped, so that no name or text makes a line of its own', () => {
  const batch = [row('x y=1,\\\n', 5, undefined, 'a"\\\nb')]
  expect(encoded(batch)).toBe(
    'acme_prod_measurements,device=p-1,metric=x\\ y\\=1\\,\\\\\\\n text="a\\"\\\\\\\nb" 5\n',
  )
})

test('values of one moment share it, those of another do not', () => {
  const batch = [row('m', 10, 1), row('n', 10, 2), row('m', 11, 3), row('n', 10, 4)]
  expect(encoded(batch).match(/ \d+(?=\n)/g)).toEqual([' 10', ' 10', ' 11', ' 10'])
})

test('a request of any size has room', () => {
  const batch = Array.from({ length: 3000 }, (_, n) => row(`m${n}`, n, undefined, 'é'.repeat(100)))
  const lines = Buffer.from(encoded(batch), 'latin1').toString().split('\n')
  expect(lines).toHaveLength(3001)
  expect(lines[2999]).toBe(`acme_prod_measurements,device=p-1,metric=m2999 text="${'é'.repeat(100)}" 2999`)
})

test('a part of a batch has the lines of its rows', () => {
  const batch = [row('m', 1, 1), row('n', 2, 2), row('o', 3, 3), row('p', 4, 4)]
  expect(encoded(batch, 1, 3)).toBe(encoded(batch.slice(1, 3)))
  expect(encoded(batch, 2, 2)).toBe('')
})

test('a moment of any length is printed whole', () => {
  const sizes = [
    0,
    1,
    9,
    10,
    99_999_999,
    100_000_000,
    100_000_001,
    1_764_000_000_000_000,
    Number.MAX_SAFE_INTEGER,
  ]
  const moments = sizes.flatMap((size) => [size, -size])
  const lines = encoded(moments.map((at) => row('m', at, 1)))
    .trimEnd()
    .split('\n')
  expect(lines.map((line) => line.slice(line.lastIndexOf(' ') + 1))).toEqual(moments.map(String))
})

test('a series is entered once a day, and again when the tables may be others', () => {
  const encoder = new LineEncoder(tableNames('a'))
  const batch = [row('m', DAY + 1, 1), row('m', DAY + 2, 2), row('n', 2 * DAY, 3)]
  const entered = {
    bytes: Buffer.from(`a_series,device=p-1,metric=m ${DAY}\na_series,device=p-1,metric=n ${2 * DAY}\n`),
    rows: [0, 2],
  }
  const entries = (rows: readonly Measurement[]) =>
    encoder.entries(Measurements.of(rows), encoder.seriesOf(Measurements.of(rows)))
  expect(entries(batch)).toEqual(entered)
  expect(entries(batch)).toEqual(entered) // not stored yet
  encoder.noteEntered(Measurements.of(batch), encoder.seriesOf(Measurements.of(batch)), entered)
  expect(entries(batch)).toEqual({ bytes: Buffer.alloc(0), rows: [] })
  expect(entries([row('m', 2 * DAY, 1)]).rows).toEqual([0])
  encoder.forget()
  expect(entries(batch)).toEqual(entered)
})

test('the rows whose names cannot be asked for are named', () => {
  const batch = [
    row('m', 1, 1),
    row('n\u0000', 2, 2),
    row('o', 3, 3),
    { ...row('m', 4, 4), device: '\u0000' },
  ]
  expect(() => new LineEncoder(tableNames('a')).seriesOf(Measurements.of(batch))).toThrow(
    expect.objectContaining({ rows: new Map([1, 3].map((row) => [row, expect.any(String)])) }),
  )
})
