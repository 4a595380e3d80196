import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnWidths } from '../../../src/lib/ui/column-widths.ts'

test('what fits keeps its natural width', () => {
  expect(columnWidths([{ natural: 10 }, { natural: 20 }], 80, 2)).toEqual([10, 20])
})

test('the widest of the columns that may be cut gives way first', () => {
  const needs = [{ natural: 10 }, { natural: 40, least: 8 }, { natural: 20, least: 8 }]
  expect(columnWidths(needs, 50, 2)).toEqual([10, 18, 18])
})

test('what yields first is cut and then left out before anything else is touched', () => {
  const needs = [
    { natural: 20, least: 12 },
    { natural: 10 },
    { natural: 20, yields: 1, least: 8, drop: true },
  ]
  expect(columnWidths(needs, 44, 2)).toEqual([20, 10, 10])
  expect(columnWidths(needs, 40, 2)).toEqual([20, 10, 0])
  expect(columnWidths(needs, 30, 2)).toEqual([18, 10, 0])
})

test('no more is left out than must be', () => {
  const needs = [
    { natural: 10 },
    { natural: 10, yields: 1, drop: true },
    { natural: 10, yields: 2, drop: true },
  ]
  expect(columnWidths(needs, 22, 2)).toEqual([10, 10, 0])
})

test('rather than to leave nothing readable of any column, the last ones go', () => {
  const needs = Array.from({ length: 20 }, () => ({ natural: 10 }))
  const widths = columnWidths(needs, 40, 2)
  expect(widths.filter((one) => one > 0)).toHaveLength(7)
  expect(widths.slice(0, 7).every((one) => one >= 4)).toBe(true)
})

test('whatever is asked for, the table fits as long as a column of one character does', () => {
  const need = fc.record({
    natural: fc.integer({ min: 1, max: 60 }),
    least: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    yields: fc.nat(2),
    drop: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(need, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 16, max: 120 }),
      (needs, width) => {
        const widths = columnWidths(needs, width, 2)
        const shown = widths.filter((one) => one > 0)
        const total = shown.reduce((sum, one) => sum + one, 0) + 2 * Math.max(0, shown.length - 1)
        expect(total).toBeLessThanOrEqual(width)
        for (const [index, one] of widths.entries()) expect(one).toBeLessThanOrEqual(needs[index]!.natural)
      },
    ),
  )
})
