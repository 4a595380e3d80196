import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/lib/base/errors.ts'
import { parseTailCondition } from '../../../src/lib/fleet/tail-condition.ts'

const reading = { temp: 81.5, 'motor.rpm': 0, running: true, state: 'fault 7' }

describe('a condition on readings', () => {
  test.each([
    ['temp above 80', true],
    ['temp > 81.5', false],
    ['temp at least 81.5', true],
    ['temp AT MOST 81', false],
    ['temp below 1e3', true],
    ['temp <= 81.5', true],
    ['motor.rpm = 0', true],
    ['motor.rpm is -0.0', true],
    ['running is true', true],
    ['running not false', true],
    ["state is 'fault 7'", true],
    ['state != "fault 7"', false],
    ['temp above 90 or running is true', true],
    ['temp above 90 or running is true and motor.rpm above 1', false],
    ['temp above 80 and motor.rpm is 0 or nothing above 1', true],
    ['running is not false', true],
    ['state in fault, "fault 7"', true],
    ['motor.rpm is not 0,1', false],
    ['state like fault*', true],
    ['not temp above 90', true],
    ['not (temp above 80 and running is true)', false],
    ['(temp above 90 or running is true) and motor.rpm above 1', false],
    ['not flow above 3', true],
    ["motor.rpm is ''", false],
  ])('%s: %s', (text, expected) => {
    expect(parseTailCondition(text)(reading)).toBe(expected)
  })

  test('what is not there fulfils nothing, and text is not above a number', () => {
    for (const text of ['flow above -1', 'flow not 3', 'toString is x', 'state above 0'])
      expect(parseTailCondition(text)(reading)).toBe(false)
  })

  test.each([
    ['', 1, 'name of a metric'],
    ['temp', 5, 'comparison'],
    ['temp above', 11, 'value'],
    ['temp above warm', 12, 'no number'],
    ['temp at 3', 6, 'comparison'],
    ['temp above 3 flow above 2', 14, '"and" or "or"'],
    ["state is 'fault", 10, 'no end'],
    ['temp above 3 and', 17, 'name of a metric'],
    ["temp above ''", 12, 'no number'],
    ['temp above 3,4', 14, 'one value'],
    ['(temp above 3', 14, 'column 1 has no ")"'],
    ['temp above 3)', 13, 'no "("'],
  ])('%j is refused at column %i', (text, column, what) => {
    expect(() => parseTailCondition(text)).toThrow(
      expect.objectContaining({
        code: 'CONDITION',
        message: expect.stringContaining(what) as unknown,
      }) as Error,
    )
    expect(() => parseTailCondition(text)).toThrow(`column ${column}:`)
  })

  test('any text is a condition or is refused in words', () => {
    const word = fc.constantFrom(
      'temp',
      'above',
      '<',
      'and',
      'or',
      '80',
      "'",
      '"x"',
      '(',
      ')',
      'not',
      'in',
      ',',
      'is',
      'at',
      'least',
      '\u001b',
    )
    fc.assert(
      fc.property(
        fc.array(word).map((words) => words.join(' ')),
        (text) => {
          try {
            expect(typeof parseTailCondition(text)(reading)).toBe('boolean')
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError)
          }
        },
      ),
    )
  })

  test('a comparison and its opposite never both hold', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), (value, bound) => {
        const above = parseTailCondition(`x above ${bound}`)({ x: value })
        const most = parseTailCondition(`x at most ${bound}`)({ x: value })
        expect(above).toBe(!most)
      }),
    )
  })
})
