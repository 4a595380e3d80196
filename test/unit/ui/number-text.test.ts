import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counted, countText, rateText, valueText } from '../../../src/lib/ui/number-text.ts'

test.each([
  [0, '0'],
  [999, '999'],
  [50_000, '50,000'],
  [1_234_567, '1,234,567'],
])('%i is counted as %s', (count, text) => {
  expect(countText(count)).toBe(text)
})

test('one is not many', () => {
  expect(counted(1, 'device')).toBe('1 device')
  expect(counted(2, 'device')).toBe('2 devices')
})

test.each([
  [0, '0/s'],
  [0.42, '0.4/s'],
  [9.96, '10/s'],
  [5210.4, '5,210/s'],
])('%d events a second are %s', (rate, text) => {
  expect(rateText(rate)).toBe(text)
})

describe('valueText', () => {
  test.each([
    [0, '0'],
    [-0.5, '-0.5'],
    [3.2, '3.2'],
    [3.141_592_653, '3.14159'],
    [2890, '2890'],
    [123_456.78, '123456.8'],
    [12_345_678, '12345678'],
    [0.000_12, '0.00012'],
    [0.000_012, '1.2e-5'],
    [1e12, '1e+12'],
    [Number.NaN, 'NaN'],
  ])('%d is %s', (value, text) => {
    expect(valueText(value)).toBe(text)
  })

  test('is short, and close to the value', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = valueText(value)
        expect(text.length).toBeLessThanOrEqual(14)
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-5)
      }),
    )
  })
})
