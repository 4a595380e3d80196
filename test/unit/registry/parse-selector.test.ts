import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FlotillaError, UsageError } from '../../../src/lib/base/errors.ts'
import { formatSelector } from '../../../src/lib/registry/format-selector.ts'
import { parseSelector } from '../../../src/lib/registry/parse-selector.ts'
import type { Selector, SelectorState, TagComparison, TimeBound } from '../../../src/lib/registry/selector.ts'
import { anyFact, selectorOf } from '../../support/selectors.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const tag = (key: string, comparison: TagComparison, ...values: string[]): Selector => ({
  ...{ kind: 'tag', key, comparison, values },
})
const is = (key: string, ...values: string[]) => tag(key, '=', ...values)
const ids = (...ids: string[]): Selector => ({ kind: 'ids', ids })
const all = (...of: Selector[]): Selector => ({ kind: 'all', of })
const any = (...of: Selector[]): Selector => ({ kind: 'any', of })
const not = (of: Selector): Selector => ({ kind: 'not', of })
const state = (...states: SelectorState[]): Selector => ({ kind: 'state', states })
const silent = (bound?: TimeBound): Selector => ({ kind: 'silent', bound })
const seen = (bound?: TimeBound): Selector => ({ kind: 'seen', bound })

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
  test.each<[string, Selector]>([
    ['all', { kind: 'every' }],
    ['pump-1', ids('pump-1')],
    ['pump-1,pump-2', ids('pump-1', 'pump-2')],
    ['pump-1, pump-2 pump-3', ids('pump-1', 'pump-2', 'pump-3')],
    ['8C:4B:14:09:2E:11', ids('8C:4B:14:09:2E:11')],
    ['pump-*,*-7', ids('pump-*', '*-7')],
    ['state', ids('state')],
    ['@psm', { kind: 'set', name: 'psm' }],
    ['in psm', { kind: 'set', name: 'psm' }],
    ['not in psm', not({ kind: 'set', name: 'psm' })],
    ['-', { kind: 'input' }],
    ['hall=B', is('hall', 'B')],
    ['hall = B', is('hall', 'B')],
    ['hall is B', is('hall', 'B')],
    ['hall=B,C', is('hall', 'B', 'C')],
    ['hall in B C', is('hall', 'B', 'C')],
    ['hall in B, C and pump-1', all(is('hall', 'B', 'C'), ids('pump-1'))],
    ['hall != B', tag('hall', '!=', 'B')],
    ['hall is not B,C', tag('hall', '!=', 'B', 'C')],
    ['hall like B*', tag('hall', 'like', 'B*')],
    ['fw<2.4', tag('fw', '<', '2.4')],
    ['fw below 2.4', tag('fw', '<', '2.4')],
    ['fw ABOVE 2.4', tag('fw', '>', '2.4')],
    ['fw at least 2.4', tag('fw', '>=', '2.4')],
    ['fw at most 2.4', tag('fw', '<=', '2.4')],
    ['hall=B and line=3', all(is('hall', 'B'), is('line', '3'))],
    ['hall=B AND line=3', all(is('hall', 'B'), is('line', '3'))],
    ['a=1 or b=2 and c=3', any(is('a', '1'), all(is('b', '2'), is('c', '3')))],
    ['(a=1 or b=2) and c=3', all(any(is('a', '1'), is('b', '2')), is('c', '3'))],
    ['not a=1 and b=2', all(not(is('a', '1')), is('b', '2'))],
    ['!(a=1 and b=2)', not(all(is('a', '1'), is('b', '2')))],
    [
      'group=line-3 and fw below 2.4 and not tag=lab',
      all(is('group', 'line-3'), tag('fw', '<', '2.4'), not(is('tag', 'lab'))),
    ],
    ['state=blocked', state('blocked')],
    ['state is not Retired', not(state('retired'))],
    ['state in issued delivered', state('issued', 'delivered')],
    ['blocked or retired', any(state('blocked'), state('retired'))],
    ['silent', silent()],
    ['silent 2h', silent({ order: '>=', time: 2 * HOUR })],
    ['silent below 1h30m', silent({ order: '<', time: 1.5 * HOUR })],
    ['silent and hall=B', all(silent(), is('hall', 'B'))],
    ['seen', seen()],
    ['seen within 2h', seen({ order: '<', time: 2 * HOUR })],
    ['seen above 2h', seen({ order: '>', time: 2 * HOUR })],
    ['cert-ends below 30d', { kind: 'cert-ends', bound: { order: '<', time: 30 * DAY } }],
    ['fw=2.4.3', is('fw', '2.4.3')],
    ['key=dGVzdA==', is('key', 'dGVzdA==')],
    ['site="north wing"', is('site', 'north wing')],
    ["site='north wing'", is('site', 'north wing')],
    [String.raw`name="a \"b\" \\c"`, is('name', String.raw`a "b" \c`)],
    ['"state"=silent', is('state', 'silent')],
    ['"and"=x', is('and', 'x')],
    ['hall="B*"', is('hall', 'B*')],
    ['halle=größe', is('halle', 'größe')],
    ['hall=""', is('hall', '')],
  ])('%s', (text, expected) => {
    expect(parseSelector([text])).toEqual(expected)
    expect(parseSelector(text.split(' '))).toEqual(expected)
  })
})

describe('what is not is answered with its place, and with what was meant where that can be told', () => {
  test.each([
    ['', 1, 'ends where a device', 'Write it like'],
    ['pump-1,', 8, 'ends where a device', 'Write it like'],
    ['hall=B and', 11, 'ends where a device', 'Write it like'],
    ['and hall=B', 1, 'expected before "and"', 'Write it like'],
    ['hall=B line=3', 8, '"and" or "or" is expected before "line"', 'joined by'],
    ['hall=B adn line=3', 8, 'is expected before "adn"', 'Did you mean and?'],
    ['site=north wing', 12, 'is expected before "wing"', 'stands in quotes'],
    ['pump.1', 1, '"pump.1" is neither', 'Write it like'],
    [',pump-1', 1, '"," is neither', 'Write it like'],
    ['fw belw 2.4', 9, '"2.4" is neither', 'Did you mean below?'],
    ['hall=', 6, '"hall" needs a value', 'in quotes'],
    ['hall=and line=3', 6, '"hall" needs a value', 'in quotes'],
    ['hall=B*', 6, 'only "like" takes a "*"', 'hall like B*'],
    ['fw below 2.4,2.5', 14, 'one value is expected', 'Write it like'],
    ['hall=B)', 7, 'no "(" belongs', 'Write it like'],
    ['(hall=B', 8, 'the "(" of column 1 has no ")"', 'Write it like'],
    ['(hall=B line=3)', 9, 'is expected before "line"', 'joined by'],
    ['site="north', 6, 'no end', 'in quotes'],
    ['"pump-1', 1, 'no end', 'Write it like'],
    ['state=blokced', 7, '"blokced" is no state', 'Did you mean blocked?'],
    ['state below 3', 7, 'a state is compared by', 'States are registered'],
    ['silent=yes', 7, 'compared with a time', 'silent below 2h'],
    ['silent 2 h', 8, '"2" is no time', '2h'],
    ['seen below soon', 12, '"soon" is no time', '2h'],
    ['seen below 2000y', 12, 'longer than a thousand years', '2h'],
    ['cert-ends', 1, 'needs a time', 'cert-ends below 30d'],
    ['@', 1, 'no name of a set', '--keep'],
    ['in', 3, 'the name of a set is expected', '--keep'],
    ['pump-1 @psm', 8, 'joined with ids by "or"', 'Write it like'],
    ['all=yes', 1, '"all" is a word of selectors', 'in quotes'],
    ['unknown', 1, 'does not know cannot be chosen', 'flotilla broker refused'],
    ['update', 1, '"update" is not understood yet', 'Write it like'],
    ['hall=B and drift', 12, '"drift" is not understood yet', 'Write it like'],
  ])('%s', (text, column, why, next) => {
    const { code, message, hint } = refusal(text)
    expect(code).toBe('SELECTOR_SYNTAX')
    expect(message).toContain(`column ${column}: `)
    expect(message).toContain(why)
    expect(hint).toContain(next)
  })

  test('a selector of thousands of ids is not repeated in the message', () => {
    const text = Array.from({ length: 5000 }, (_, index) => `pump-${index}`).join(',')
    const { message } = refusal(`${text},`)
    expect(message.length).toBeLessThan(300)
    expect(message).toContain('pump-4999,')
  })

  test('depth and length have a bound, and ids are not counted by it', () => {
    expect(refusal('('.repeat(100_000)).message).toContain('nested deeper than 50')
    expect(refusal('not '.repeat(100_000)).message).toContain('nested deeper than 50')
    expect(refusal(Array<string>(100_000).fill('a=1').join(' or ')).message).toContain('more than 200 parts')
    const deep = `${'('.repeat(50)}a${')'.repeat(50)}`
    expect(parseSelector([deep])).toEqual(ids('a'))
    const many = Array.from({ length: 100_000 }, (_, index) => `pump-${index}`)
    expect(parseSelector(many)).toEqual(ids(...many))
  })
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(selectorOf(anyFact), (selector) => {
      expect(parseSelector([formatSelector(selector)])).toEqual(selector)
    }),
    { numRuns: 1000 },
  )
})

test('what is written goes through a shell as it stands, where its words do', () => {
  const text = 'group=line-3 and fw below 2.4 and (not silent 2h or cert-ends at most 30d)'
  expect(formatSelector(parseSelector([text]))).toBe(text)
})

test('whatever is typed is understood or refused by name, one word or many', () => {
  const piece = fc.oneof(
    fc.constantFrom(...['and', 'or', 'not', 'is', 'in', 'like', 'below', 'at', 'least', 'most', 'within']),
    fc.constantFrom(...['=', ',', '(', ')', '"', "'", '\\', '<', '>=', '!=', '!', '*', '@x', '-', ' ']),
    fc.constantFrom(...['a', 'hall', 'silent', 'seen', 'cert-ends', 'state', 'blocked', 'all', '2h', '2.4']),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (words) => {
      expect(outcome([words.join(' ')])).toEqual(outcome(words))
    }),
    { numRuns: 5000 },
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
