import { expect, test } from 'vitest'
import { UsageError } from '../../../src/lib/base/errors.ts'
import { parseTailCondition } from '../../../src/lib/fleet/tail-condition.ts'
import { parseSelector } from '../../../src/lib/registry/parse-selector.ts'

function refusal(read: () => unknown): UsageError {
  try {
    read()
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('It was understood.')
}

test.each([
  ['a above 1 b above 2', 11, '"and" or "or" is expected before "b"', /joined by "and" or "or"/],
  ['a above 1 adn b above 2', 11, '"and" or "or" is expected before "adn"', /^Did you mean and\?$/],
  ['(a above 1', 11, 'the "(" of column 1 has no ")"', /^Write it like/],
  ['a above 1)', 10, 'no "(" belongs to this ")"', /^Write it like/],
  ['a above 1 and', 14, 'it ends where', /^Write it like/],
  ['a above 1,2', 11, 'one value is expected behind "a"', /^Write it like/],
  ["a is 'b", 6, 'the quote has no end', /./],
  [`${'('.repeat(60)}a=1`, 52, 'it is nested deeper than 50', /^Write it like/],
  [Array<string>(300).fill('a=1').join(' or '), 1401, 'it has more than 200 parts', /commas/],
])('what is wrong in %j is said alike of a selector and of --where', (text, column, what, hint) => {
  const readings = [
    { begins: 'Selector "', error: refusal(() => parseSelector([text])) },
    { begins: 'Condition "', error: refusal(() => parseTailCondition(text)) },
  ]
  for (const { begins, error } of readings) {
    expect(error.message.startsWith(begins)).toBe(true)
    expect(error.message).toContain(`, column ${column}: ${what}`)
    expect(error.hint).toMatch(hint)
  }
})
