import { isDeviceId } from '../base/names.ts'
import { readExpression } from './expression.ts'
import {
  didYouMean,
  type ExpressionKind,
  ExpressionReader,
  isKeyword,
  isReserved,
  quoted,
} from './expression-reader.ts'
import { isSetName } from './kept-set.ts'
import type { Selector } from './selector.ts'
import { COMPARISON_WORDS, isComparison, readComparedValues, readComparison } from './selector-comparison.ts'
import { factWord, readFact, stateWord } from './selector-facts.ts'
import type { Token } from './selector-tokens.ts'

const SELECTOR: ExpressionKind = {
  name: 'Selector',
  code: 'SELECTOR_SYNTAX',
  hint: 'Write it like pump-1,pump-2 or "hall=B and not fw below 2.4" or "silent 2h".',
  part: 'a device or key=value',
  joinHint:
    'Parts are joined by "and" or "or". A value with a space in it stands in quotes: "site=\'north wing\'".',
}

/**
 * Parses the words of a command line. `hall=B and line=3` may come as three words or as one with spaces: both mean
 * the same. "not" binds closer than "and", and "and" closer than "or".
 * @throws UsageError `SELECTOR_SYNTAX`, which names the word and its column
 */
export function parseSelector(words: readonly string[]): Selector {
  return readExpression(new ExpressionReader(words.join(' '), SELECTOR), {
    any: (of) => ({ kind: 'any', of }),
    all: (of) => ({ kind: 'all', of }),
    not: (of) => ({ kind: 'not', of }),
    part: readPart,
  })
}

function readPart(reader: ExpressionReader): Selector {
  const first = reader.take()!
  if (first.kind !== 'word') return readIds(reader, first)
  const word = factWord(first)
  if (isComparison(reader)) {
    if (word !== undefined) return readFact(reader, word, first)
    return isReserved(first) ? readReserved(reader, first) : readTag(reader, first)
  }
  // `state` alone is the id of a device.
  if (word !== undefined && word !== 'state') return readFact(reader, word, first)
  if (isReserved(first)) return readReserved(reader, first)
  if (first.quoted) return readIds(reader, first)
  if (first.text === '-') return { kind: 'input' }
  return first.text.startsWith('@') ? setOf(reader, first, first.text.slice(1)) : readIds(reader, first)
}

/** A word with a meaning that no comparison follows, or that none may follow. */
function readReserved(reader: ExpressionReader, first: Token): Selector {
  const state = stateWord(first)
  if (isComparison(reader) && (state !== undefined || !isKeyword(first, 'in'))) {
    throw reader.failure(first, `${quoted(first)} is a word of selectors`, QUOTE_HINT)
  }
  if (state !== undefined) return { kind: 'state', states: [state] }
  if (isKeyword(first, 'all')) return { kind: 'every' }
  if (isKeyword(first, 'in')) {
    const name = reader.word('the name of a set is expected', SET_HINT)
    return setOf(reader, name, name.text.replace(/^@/, ''))
  }
  if (isKeyword(first, 'update') || isKeyword(first, 'drift'))
    throw reader.failure(first, `${quoted(first)} is not understood yet`)
  if (isKeyword(first, 'unknown'))
    throw reader.failure(first, 'devices that the registry does not know cannot be chosen', UNKNOWN_HINT)
  throw reader.failure(first, `${SELECTOR.part} is expected before ${quoted(first)}`)
}

function setOf(reader: ExpressionReader, token: Token, name: string): Selector {
  if (!isSetName(name)) throw reader.failure(token, `${quoted(token)} is no name of a set`, SET_HINT)
  return { kind: 'set', name }
}

function readTag(reader: ExpressionReader, key: Token): Selector {
  const compared = readComparison(reader)
  const values = readComparedValues(reader, key, compared)
  return {
    kind: 'tag',
    key: key.text,
    comparison: compared.comparison,
    values: values.map(({ text }) => text),
  }
}

/** Ids side by side or with commas between them, until something else follows. */
function readIds(reader: ExpressionReader, first: Token): Selector {
  const ids = [idOf(reader, first, undefined)]
  let before: Token | undefined = first
  for (;;) {
    if (reader.takes(',') === undefined && !isAtId(reader)) return { kind: 'ids', ids }
    const token = reader.take()
    ids.push(idOf(reader, token, before))
    before = token
  }
}

function idOf(reader: ExpressionReader, token: Token | undefined, before: Token | undefined): string {
  if (token === undefined) throw reader.failure(token, `it ends where ${SELECTOR.part} is expected`)
  if (token.kind === 'word' && !token.quoted) {
    if (isDeviceId(token.text) || isIdPattern(token.text)) return token.text
    if (token.text.startsWith('@')) throw reader.failure(token, 'a set is joined with ids by "or"')
  }
  const hint = didYouMean(before, COMPARISON_WORDS)
  throw reader.failure(token, `${quoted(token)} is neither a device nor key=value`, hint)
}

/** Whether an id follows: a word that is neither a key nor a key word. */
function isAtId(reader: ExpressionReader): boolean {
  const token = reader.peek()
  return token?.kind === 'word' && !isReserved(token) && !isComparison(reader, 1)
}

const PATTERN = /^[a-zA-Z0-9:_*-]{1,128}$/

function isIdPattern(text: string): boolean {
  return text.includes('*') && PATTERN.test(text)
}

const QUOTE_HINT = 'As the key of a tag it stands in quotes within quotes: \'"all"=yes\'.'
const SET_HINT = 'A set is made by: flotilla device list silent --keep night. Then it is @night, or in night.'
const UNKNOWN_HINT = 'flotilla broker refused shows them.'
