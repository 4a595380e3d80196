import { parseDuration } from '../base/duration.ts'
import { UsageError } from '../base/errors.ts'
import { didYouMean, type ExpressionReader, isKeyword } from './expression-reader.ts'
import { isOrder, SELECTOR_STATES, type Selector, type SelectorState, type TimeBound } from './selector.ts'
import type { Compared } from './selector-comparison.ts'
import { isComparison, readComparison, readValues } from './selector-comparison.ts'
import type { Token } from './selector-tokens.ts'

/** Words that stand for a fact where they are not in quotes; as the key of a tag they stand in quotes. */
export const FACT_WORDS = ['state', 'silent', 'seen', 'cert-ends'] as const
export type FactWord = (typeof FACT_WORDS)[number]

export function factWord(token: Token): FactWord | undefined {
  return FACT_WORDS.find((word) => isKeyword(token, word))
}

export function stateWord(token: Token): SelectorState | undefined {
  return SELECTOR_STATES.find((word) => isKeyword(token, word))
}

/** What follows the word. */
export function readFact(reader: ExpressionReader, word: FactWord, token: Token): Selector {
  if (word === 'state') return readState(reader)
  const bound = readBound(reader, word)
  if (word !== 'cert-ends') return { kind: word, bound }
  if (bound !== undefined) return { kind: word, bound }
  throw reader.failure(token, '"cert-ends" needs a time', 'Write it like cert-ends below 30d.')
}

/** `state=blocked`: every device has one, so what it is not is `not`. */
function readState(reader: ExpressionReader): Selector {
  const { comparison, many, token } = readComparison(reader)
  if (comparison !== '=' && comparison !== '!=')
    throw reader.failure(token, 'a state is compared by "=" or "is"', STATES_HINT)
  const isState = (value: Token): boolean => stateWord(value) !== undefined
  const states = readValues(reader, many, 'a state is expected', isState).map((value) => {
    const state = SELECTOR_STATES.find((one) => one === value.text.toLowerCase())
    if (state !== undefined) return state
    const hint = didYouMean(value, SELECTOR_STATES)
    throw reader.failure(value, `${JSON.stringify(value.text)} is no state`, hint ?? STATES_HINT)
  })
  const fact = { kind: 'state' as const, states }
  return comparison === '=' ? fact : { kind: 'not', of: fact }
}

const STATES_HINT = `States are ${SELECTOR_STATES.join(', ')}. A tag of that name stands in quotes.`

/** `2h` (only of silence: that long at least), `within 2h`, `below 2h`, …; undefined: none stands there. */
function readBound(reader: ExpressionReader, word: FactWord): TimeBound | undefined {
  if (isComparison(reader)) return boundAfter(reader, readComparison(reader), word)
  if (reader.takes('within') !== undefined) return { order: '<', time: readTime(reader) }
  const next = reader.peek()
  if (word !== 'silent' || next?.kind !== 'word' || next.quoted || !/^\d/.test(next.text)) return undefined
  return { order: '>=', time: readTime(reader) }
}

function boundAfter(reader: ExpressionReader, { comparison, token }: Compared, word: FactWord): TimeBound {
  if (isOrder(comparison)) return { order: comparison, time: readTime(reader) }
  const hint = `Write it like ${word} below 2h or ${word} above 2h. A tag of that name stands in quotes.`
  throw reader.failure(token, `"${word}" is compared with a time by "below" or "above"`, hint)
}

function readTime(reader: ExpressionReader): number {
  const token = reader.word('a time is expected, like 2h', TIME_HINT)
  const time = Math.round(milliseconds(reader, token))
  if (time <= LONGEST) return time
  throw reader.failure(token, `${JSON.stringify(token.text)} is longer than a thousand years`, TIME_HINT)
}

function milliseconds(reader: ExpressionReader, token: Token): number {
  try {
    return parseDuration(token.text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw reader.failure(token, `${JSON.stringify(token.text)} is no time`, TIME_HINT)
  }
}

const TIME_HINT = 'Write it like 90s, 10m, 2h, 1h30m or 30d.'
const LONGEST = parseDuration('1000y')
