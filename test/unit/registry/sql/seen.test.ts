import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsOf } from '../../../../src/lib/registry/sql/seen.ts'

test('notes about one device become one row, in whatever order and spelling they come', () => {
  const note = fc.record({
    device: fc.constantFrom('pump-1', 'PUMP-1', 'pump-2'),
    at: fc.nat(100),
    messages: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(note, { minLength: 1 }), (notes) => {
      for (const row of rowsOf(notes)) {
        const own = notes.filter(({ device }) => device.toLowerCase() === row.device.toLowerCase())
        const reports = own.filter(({ messages }) => messages > 0).map(({ at }) => at)
        expect(row).toMatchObject({
          first_seen: Math.min(...own.map(({ at }) => at)),
          last_seen: Math.max(...own.map(({ at }) => at)),
          messages: own.reduce((sum, { messages }) => sum + messages, 0),
          last_message: reports.length === 0 ? null : Math.max(...reports),
        })
      }
      expect(rowsOf(notes)).toHaveLength(new Set(notes.map(({ device }) => device.toLowerCase())).size)
    }),
  )
})
