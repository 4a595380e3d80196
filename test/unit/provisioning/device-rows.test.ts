import { describe, expect, test } from 'vitest'
import { checkedRow, deviceRow } from '../../../src/lib/provisioning/device-rows.ts'
import { cn, csrPem, ecKeys, makeCsr } from '../../support/csr.ts'

const row = (fields: Readonly<Record<string, string>>, line = 2) => ({
  line,
  fields: new Map(Object.entries(fields)),
})

describe('a row of a file', () => {
  test('every column but the id is a tag, and comes before what all have', () => {
    expect(deviceRow(row({ id: 'p-1', hall: 'B' }), { hall: 'A', lot: '7' })).toEqual({
      line: 2,
      id: 'p-1',
      tags: { hall: 'B', lot: '7' },
    })
  })

  test('a request may be PEM or base64 of DER, and names the device', () => {
    const der = makeCsr({ ...ecKeys(), subject: [cn('p-1')] })
    for (const csr of [csrPem(der), der.toString('base64')]) {
      const request = deviceRow(row({ csr }), {})
      expect(request).toMatchObject({ id: 'p-1', tags: {} })
      expect(request).toHaveProperty('spki')
    }
  })

  test.each([
    [{ hall: 'B' }, 'id', 'ROW_BAD'],
    [{ id: 'p 1' }, 'id', 'ROW_BAD'],
    [{ id: 'op.alice' }, 'id', 'ROW_BAD'],
    [{ id: 'silent' }, 'id', 'ROW_BAD'],
    [{ id: 'p-1', 'a=b': 'c' }, 'a=b', 'ROW_BAD'],
    [{ id: 'p-1', note: 'x'.repeat(257) }, 'note', 'ROW_BAD'],
    [{ id: 'p-1', csr: 'bm8=' }, 'csr', 'CSR_FORMAT'],
  ])('%j is refused by the field that is wrong', (fields, field, code) => {
    expect(deviceRow(row(fields as Record<string, string>), {})).toMatchObject({ line: 2, field, code })
  })

  test('a request for another device than the row names is refused', () => {
    const csr = makeCsr({ ...ecKeys(), subject: [cn('p-2')] }).toString('base64')
    expect(deviceRow(row({ id: 'p-1', csr }), {})).toMatchObject({ field: 'csr', code: 'ROW_BAD' })
  })
})

test('rows are compared by all that they say, and ids without regard to case', () => {
  const one = checkedRow({ line: 1, id: 'P-1', tags: { a: '1', b: '2' } })
  expect(checkedRow({ line: 9, id: 'P-1', tags: { b: '2', a: '1' } }).content).toBe(one.content)
  expect(checkedRow({ line: 1, id: 'P-1', tags: { a: '1' } }).content).not.toBe(one.content)
  expect(
    checkedRow({ line: 1, id: 'P-1', tags: one && { a: '1', b: '2' }, spki: Uint8Array.of(1) }).content,
  ).not.toBe(one.content)
  expect(checkedRow({ line: 1, id: 'p-1', tags: {} }).key).toBe(one.key)
})
