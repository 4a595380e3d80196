import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from '../../../src/lib/cli/csv-text.ts'

/** RFC 4180 §2, backwards: the fields of one record. */
function fieldsOf(line: string): string[] {
  const fields = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)]
  return fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}

test('whatever is in a field, it comes out as it went in', () => {
  const field = fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text))
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), (fields) => {
      expect(fieldsOf(csvLine(fields))).toEqual(fields)
    }),
  )
})

test('text of a device is no formula, and a negative number stays one', () => {
  expect(csvLine(['=cmd()', '+1e3', '-2.5', '@x', '-2-5'])).toBe("'=cmd(),+1e3,-2.5,'@x,'-2-5")
})
