import { expect, test } from 'vitest'
import { allowedFailures, parseThreshold } from '../../../src/lib/batch/threshold.ts'

test.each([
  ['0', 1000, 0],
  ['5', 1000, 5],
  ['0.5%', 50_000, 250],
  ['0.5%', 100, 0],
  ['100%', 7, 7],
])('%s of failures in %d rows: %d are allowed', (text, rows, allowed) => {
  expect(allowedFailures(parseThreshold(text), rows)).toBe(allowed)
})

test.each(['', '%', '-1', '0.5', '101%', '1e3', '5 %', 'many'])('%j is no threshold', (text) => {
  expect(() => parseThreshold(text)).toThrow(expect.objectContaining({ code: 'THRESHOLD', exitCode: 2 }))
})
