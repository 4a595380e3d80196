import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonFault } from '../../../src/lib/telemetry/json-fault.ts'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('jsonFault', () => {
  test.each([
    ['', 0, 'value'],
    ['{', 1, 'key or }'],
    ['{"a": ,}', 6, 'value'],
    ['{"a":1,}', 7, 'key'],
    ['{a:1}', 1, 'key or }'],
    ['{"a" 1}', 5, ':'],
    ['{"a":1 "b":2}', 7, ', or }'],
    ['[1 2]', 3, ', or ]'],
    ['[1,]', 3, 'value'],
    ['[1}', 2, ', or ]'],
    ['{"a":1}x', 7, 'end'],
    ['{"a":01}', 6, ', or }'],
    ['{"a":+1}', 5, 'value'],
    ['{"a":NaN}', 5, 'value'],
    ["{'a':1}", 1, 'key or }'],
    ['"abc', 4, 'end of the string'],
    ['"a\\x"', 3, 'escape sequence'],
    ['"\\u12g4"', 2, 'escape sequence'],
    ['"a\nb"', 2, 'escaped control character'],
    ['[true, flase]', 7, 'value'],
  ])('%j stops being JSON at %d, where there should be %s', (text, index, expected) => {
    expect(jsonFault(text)).toEqual({ index, expected })
  })

  test('finds no fault where JSON.parse finds none', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonFault(text)).toBeUndefined()
      }),
    )
  })

  test('finds a fault exactly where JSON.parse finds one, in JSON that something happened to', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.nat(3), fc.string({ maxLength: 2, unit: 'binary' }))
      .map(([text, at, cut, put]) => {
        const index = at % (text.length + 1)
        return text.slice(0, index) + put + text.slice(index + cut)
      })
    fc.assert(
      fc.property(damaged, (text) => {
        const fault = jsonFault(text)
        expect(fault === undefined).toBe(isJson(text))
        expect(fault?.index ?? 0).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 2000 },
    )
  })

  test('finds the end of JSON that was cut off', () => {
    fc.assert(
      fc.property(fc.object(), fc.nat(), (value, at) => {
        const text = JSON.stringify(value)
        const cut = text.slice(0, at % text.length)
        // A cut \uXXXX, word or number is found at its beginning.
        expect(cut.length - jsonFault(cut)!.index).toBeLessThan(25)
      }),
    )
  })

  test('bears a million opening brackets', () => {
    expect(jsonFault('['.repeat(1_000_000))).toEqual({ index: 1_000_000, expected: 'value or ]' })
    expect(jsonFault(`"${'\\n'.repeat(500_000)}`)?.index).toBe(1_000_001)
  })
})
