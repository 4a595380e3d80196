import { expect, test } from 'vitest'
import { foldId } from '../../../src/lib/registry/device.ts'

test('two spellings of an id have one fold; no other character is taken for one of them', () => {
  expect(foldId('Pump-1:A_z')).toBe(foldId('pUMP-1:a_Z'))
  expect(foldId('\u212a')).not.toBe(foldId('k')) // the Kelvin sign
  expect(foldId('İ')).toBe('İ')
})
