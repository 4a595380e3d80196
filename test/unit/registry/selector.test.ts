import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FlotillaError, UsageError } from '../../../src/lib/base/errors.ts'
import { isDeviceId } from '../../../src/lib/base/names.ts'
import { formatSelector, parseSelector, type Selector } from '../../../src/lib/registry/selector.ts'

const tag = (key: string, value: string) => ({ kind: 'tag', key, value })
const ids = (...ids: string[]) => ({ kind: 'ids', ids })

function refusal(...words: readonly string[]): UsageError {
  try {
    parseSelector(words)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error(`${words.join(' ')} was understood`)
}

describe('what is understood', () => {
  test.each<[string, Selector | readonly object[]]>([
    ['pump-1', [ids('pump-1')]],
    ['pump-1,pump-2', [ids('pump-1', 'pump-2')]],
    ['pump-1, pump-2 pump-3', [ids('pump-1', 'pump-2', 'pump-3')]],
    ['8C:4B:14:09:2E:11', [ids('8C:4B:14:09:2E:11')]],
    ['hall=B', [tag('hall', 'B')]],
    ['hall = B', [tag('hall', 'B')]],
    ['hall=B and line=3', [tag('hall', 'B'), tag('line', '3')]],
    ['hall=B AND line=3', [tag('hall', 'B'), tag('line', '3')]],
    ['pump-1,pump-2 and hall=B', [ids('pump-1', 'pump-2'), tag('hall', 'B')]],
    ['fw=2.4.3', [tag('fw', '2.4.3')]],
    ['key=dGVzdA==', [tag('key', 'dGVzdA==')]],
    ['site="north wing"', [tag('site', 'north wing')]],
    ["site='north wing'", [tag('site', 'north wing')]],
    [String.raw`name="a \"b\" \\c"`, [tag('name', String.raw`a "b" \c`)]],
    ['state=silent', [tag('state', 'silent')]],
    ['"and"=x', [tag('and', 'x')]],
    ['halle=größe', [tag('halle', 'größe')]],
    ['hall=""', [tag('hall', '')]],
  ])('%s', (text, expected) => {
    expect(parseSelector([text])).toEqual(expected)
    expect(parseSelector(text.split(' '))).toEqual(expected)
  })
})

describe('what is not is answered with the word and its column', () => {
  test.each([
    ['', 1, 'ends where a device'],
    ['pump-1,', 8, 'ends where a device'],
    ['hall=B and', 11, 'ends where a device'],
    ['and hall=B', 1, 'between two parts'],
    ['hall=B line=3', 8, '"and" is expected before "line"'],
    ['site=north wing', 12, '"and" is expected before "wing"'],
    ['pump.1', 1, '"pump.1" is neither'],
    [',pump-1', 1, '"," is neither'],
    ['hall=', 6, 'hall= needs a value'],
    ['hall=B)', 7, '"and" is expected before ")"'],
    ['site="north', 6, 'no end'],
    ['"pump-1', 1, 'no end'],
  ])('%s', (text, column, why) => {
    const { code, message, hint } = refusal(text)
    expect(code).toBe('SELECTOR_SYNTAX')
    expect(message).toContain(`column ${column}: `)
    expect(message).toContain(why)
    expect(hint).toMatch(/and/)
  })

  test('a selector of thousands of ids is not repeated in the message', () => {
    const text = Array.from({ length: 5000 }, (_, index) => `pump-${index}`).join(',')
    expect(refusal(`${text},`).message.length).toBeLessThan(300)
  })
})

describe('what will be understood says so', () => {
  test.each([
    ['not hall=B', '"not"'],
    ['hall=B or line=3', '"or"'],
    ['hall=B and not tag=lab', '"not"'],
    ['(hall=B)', '"("'],
    ['fw below 2.4', '"below"'],
    ['fw<2.4', '"<"'],
    ['fw >= 2.4', '">="'],
    ['hall!=B', '"!="'],
    ['silent', '"silent"'],
    ['hall=B and blocked', '"blocked"'],
    ['silent=yes', '"silent"'],
    ['@psm', '"@psm"'],
    ['-', '"-"'],
    ['hall=B,C', 'a list of values'],
  ])('%s', (text, what) => {
    const { code, message } = refusal(text)
    expect(code).toBe('SELECTOR_SYNTAX')
    expect(message).toContain(`${what} is not understood yet`)
  })
})

const deviceId = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9:_-]{0,63}$/).filter(isDeviceId)
const anyText = fc.string({ unit: 'grapheme' })
const term = fc.oneof(
  fc.record({ kind: fc.constant('ids' as const), ids: fc.array(deviceId, { minLength: 1 }) }),
  fc.record({
    kind: fc.constant('tag' as const),
    key: fc.oneof(anyText, fc.constantFrom('and', 'Silent', 'fw', 'größe')),
    value: fc.oneof(anyText, fc.string({ unit: 'binary' })),
  }),
)

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1 }), (selector) => {
      expect(parseSelector([formatSelector(selector)])).toEqual(selector)
    }),
  )
})

test('whatever is typed is understood or refused by name, one word or many', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'and',
      'or',
      'not',
      '=',
      ',',
      '(',
      ')',
      '"',
      "'",
      '\\',
      '<',
      '>=',
      '!=',
      'a',
      'hall',
      '@x',
      '-',
      ' ',
    ),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(piece), (words) => {
      expect(outcome([words.join(' ')])).toEqual(outcome(words))
    }),
    { numRuns: 2000 },
  )
})

/** The selector, or why not. */
function outcome(words: readonly string[]): unknown {
  try {
    const selector = parseSelector(words)
    expect(parseSelector([formatSelector(selector)])).toEqual(selector)
    return selector
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    return error.message
  }
}
