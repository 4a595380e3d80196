import { expect, test } from 'vitest'
import { nearest } from '../../../src/lib/base/nearest.ts'

const commands = ['device list', 'device show', 'init', 'tail', 'telemetry latest']

test.each([
  ['device lst', 'device list'],
  ['tial', 'tail'],
  ['telemetry', 'telemetry latest'],
  ['int', 'init'],
])('%s is meant to be %s', (typed, meant) => {
  expect(nearest(typed, commands)).toBe(meant)
})

test('nothing is close to what is something else', () => {
  expect(nearest('frobnicate', commands)).toBeUndefined()
})
