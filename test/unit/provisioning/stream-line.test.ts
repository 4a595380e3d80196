import { expect, test } from 'vitest'
import { streamLine } from '../../../src/lib/provisioning/stream-line.ts'

const lineOf = (fields: Record<string, string>) =>
  streamLine({ line: 3, fields: new Map(Object.entries(fields)) }, { hall: 'B' })

test('a line without an event is a device, as in a file', () => {
  expect(lineOf({ id: 'p1', mac: '8C' })).toEqual({ line: 3, id: 'p1', tags: { hall: 'B', mac: '8C' } })
})

test('a delivery names its device and what was read back', () => {
  expect(lineOf({ id: 'p1', event: 'delivered' })).toEqual({ line: 3, id: 'p1', readback: undefined })
  expect(lineOf({ id: 'p1', event: 'delivered', readback: 'sha256:1c' })).toMatchObject({
    readback: 'sha256:1c',
  })
})

test.each([
  [{ id: 'p1', event: 'scrapped' }, 'event'],
  [{ event: 'delivered' }, 'id'],
  [{ id: 'p1', event: 'delivered', mac: '8C' }, 'mac'],
  [{ id: 'p1', event: 'delivered', readback: 'x'.repeat(257) }, 'readback'],
])('%j is no event: %s is named', (fields, field) => {
  expect(lineOf(fields as Record<string, string>)).toMatchObject({ line: 3, field, code: 'ROW_BAD' })
})
