import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvFields, csvHeader } from '../../../src/lib/batch/csv.ts'

const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`

describe('fields of a CSV record', () => {
  test.each([
    ['a,b', ['a', 'b']],
    ['', ['']],
    [',', ['', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi""",', ['say "hi"', '']],
    ['"two\nlines"', ['two\nlines']],
    [' a ,b', [' a ', 'b']],
  ])('%j', (record, fields) => {
    expect(csvFields(record, ',')).toEqual(fields)
  })

  test.each(['a"b', '"a"b', '"a', '"a""', 'a,"b" ,c'])('%j means nothing', (record) => {
    expect(csvFields(record, ',')).toBeUndefined()
  })

  test('what was written in quotes is read back, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        expect(csvFields(fields.map(quoted).join(','), ',')).toEqual(fields)
      }),
    )
  })

  test('any text gives fields or nothing, and never hangs', () => {
    const text = fc.string({ unit: fc.constantFrom('"', ',', 'a', '\n') })
    fc.assert(fc.property(text, (record) => void csvFields(record, ',')))
  })
})

test('a header may begin with a mark and be separated by semicolons, as spreadsheets write it', () => {
  expect(csvHeader('\ufeffid,hall')).toEqual({ columns: ['id', 'hall'], separator: ',' })
  expect(csvHeader('id;hall')).toEqual({ columns: ['id', 'hall'], separator: ';' })
  expect(csvHeader('id; hall,b')?.columns).toEqual(['id; hall', 'b'])
})
