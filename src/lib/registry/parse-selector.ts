import { isDeviceId } from '../base/names.ts'
import { isSetName } from './kept-set.ts'
import { isOrder, type Selector } from './selector.ts'
import { COMPARISON_WORDS, isComparison, readComparison, readValues } from './selector-comparison.ts'
import { factWord, readFact, stateWord } from './selector-facts.ts'
import { didYouMean, isKeyword, isReserved, isSymbol, SelectorReader } from './selector-reader.ts'
import type { Token } from './selector-tokens.ts'

/** Nobody writes more by hand, and an engine's bound on the depth of an expression lies far above. */
const DEEPEST = 50
const MOST_FACTS = 200

/**
 * Parses the words of a command line. `hall=B and line=3` may come as three words or as one with spaces: both mean
 * the same. "not" binds closer than "and", and "and" closer than "or".
 * @throws UsageError `SELECTOR_SYNTAX`, which names the word and its column
 */
export function parseSelector(words: readonly string[]): Selector {
  const parser = new SelectorParser(words.join(' '))
  return parser.whole()
}

class SelectorParser {
  readonly #reader: SelectorReader
  #facts = 0

  constructor(text: string) {
    this.#reader = new SelectorReader(text)
  }

  whole(): Selector {
    const selector = this.#any(0)
    const token = this.#reader.peek()
    if (token === undefined) return selector
    throw this.#notJoined(token)
  }

  #any(depth: number): Selector {
    return this.#joined('or', 'any', () => this.#joined('and', 'all', () => this.#part(depth)))
  }

  #joined(word: string, kind: 'any' | 'all', read: () => Selector): Selector {
    const of = [read()]
    while (this.#reader.takes(word) !== undefined) of.push(read())
    return of.length === 1 ? of[0]! : { kind, of }
  }

  #part(depth: number): Selector {
    const reader = this.#reader
    if (depth > DEEPEST) throw reader.failure(reader.peek(), `it is nested deeper than ${DEEPEST}`)
    if (reader.takes('not', '!') !== undefined) return { kind: 'not', of: this.#part(depth + 1) }
    const open = reader.takes('(')
    if (open === undefined) return this.#fact()
    const inner = this.#any(depth + 1)
    if (reader.takes(')') !== undefined) return inner
    const token = reader.peek()
    if (token !== undefined) throw this.#notJoined(token)
    throw reader.failure(token, `the "(" of column ${open.column} has no ")"`)
  }

  #fact(): Selector {
    const reader = this.#reader
    const first = reader.take()
    if (++this.#facts > MOST_FACTS)
      throw reader.failure(first, `it has more than ${MOST_FACTS} parts`, 'Ids are joined by commas.')
    if (first?.kind !== 'word') return this.#ids(first)
    const word = factWord(first)
    if (isComparison(reader)) {
      if (word !== undefined) return readFact(reader, word, first)
      return isReserved(first) ? this.#reserved(first) : this.#tag(first)
    }
    // `state` alone is the id of a device.
    if (word !== undefined && word !== 'state') return readFact(reader, word, first)
    if (isReserved(first)) return this.#reserved(first)
    if (first.quoted) return this.#ids(first)
    if (first.text === '-') return { kind: 'input' }
    return first.text.startsWith('@') ? this.#set(first, first.text.slice(1)) : this.#ids(first)
  }

  /** A word with a meaning that no comparison follows, or that none may follow. */
  #reserved(first: Token): Selector {
    const reader = this.#reader
    const state = stateWord(first)
    if (isComparison(reader) && (state !== undefined || !isKeyword(first, 'in'))) {
      throw reader.failure(first, `${quoted(first)} is a word of selectors`, QUOTE_HINT)
    }
    if (state !== undefined) return { kind: 'state', states: [state] }
    if (isKeyword(first, 'all')) return { kind: 'every' }
    if (isKeyword(first, 'in')) {
      const name = reader.word('the name of a set is expected', SET_HINT)
      return this.#set(name, name.text.replace(/^@/, ''))
    }
    if (isKeyword(first, 'update') || isKeyword(first, 'drift'))
      throw reader.failure(first, `${quoted(first)} is not understood yet`)
    if (isKeyword(first, 'unknown'))
      throw reader.failure(first, 'devices that the registry does not know cannot be chosen', UNKNOWN_HINT)
    throw reader.failure(first, `a device or key=value is expected before ${quoted(first)}`)
  }

  #set(token: Token, name: string): Selector {
    if (!isSetName(name)) throw this.#reader.failure(token, `${quoted(token)} is no name of a set`, SET_HINT)
    return { kind: 'set', name }
  }

  #tag(key: Token): Selector {
    const reader = this.#reader
    const { comparison, many } = readComparison(reader)
    const values = readValues(reader, many, `${quoted(key)} needs a value to be compared with`)
    const [first, second] = values
    if (isOrder(comparison) && second !== undefined)
      throw reader.failure(second, `one value is expected behind ${quoted(key)}`)
    const starred =
      comparison === 'like' ? undefined : values.find((one) => !one.quoted && one.text.includes('*'))
    if (starred !== undefined) {
      const hint = `For any characters: ${key.text} like ${first!.text}. A star itself stands in quotes.`
      throw reader.failure(starred, `only "like" takes a "*"`, hint)
    }
    return { kind: 'tag', key: key.text, comparison, values: values.map(({ text }) => text) }
  }

  /** Ids side by side or with commas between them, until something else follows. */
  #ids(first: Token | undefined): Selector {
    const reader = this.#reader
    const ids = [this.#id(first, undefined)]
    let before = first
    for (;;) {
      if (reader.takes(',') === undefined && !this.#isAtId()) return { kind: 'ids', ids }
      const token = reader.take()
      ids.push(this.#id(token, before))
      before = token
    }
  }

  #id(token: Token | undefined, before: Token | undefined): string {
    const reader = this.#reader
    if (token === undefined) throw reader.failure(token, 'it ends where a device or key=value is expected')
    if (token.kind === 'word' && !token.quoted) {
      if (isDeviceId(token.text) || isIdPattern(token.text)) return token.text
      if (token.text.startsWith('@')) throw reader.failure(token, 'a set is joined with ids by "or"')
    }
    const hint = didYouMean(before, COMPARISON_WORDS)
    throw reader.failure(token, `${quoted(token)} is neither a device nor key=value`, hint)
  }

  /** Whether an id follows: a word that is neither a key nor a key word. */
  #isAtId(): boolean {
    const token = this.#reader.peek()
    return token?.kind === 'word' && !isReserved(token) && !isComparison(this.#reader, 1)
  }

  #notJoined(token: Token): Error {
    if (isSymbol(token, ')')) return this.#reader.failure(token, 'no "(" belongs to this ")"')
    const hint = didYouMean(token, ['and', 'or'])
    return this.#reader.failure(token, `"and" or "or" is expected before ${quoted(token)}`, hint ?? JOIN_HINT)
  }
}

const PATTERN = /^[a-zA-Z0-9:_*-]{1,128}$/

function isIdPattern(text: string): boolean {
  return text.includes('*') && PATTERN.test(text)
}

function quoted({ text }: Token): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
}

const JOIN_HINT =
  'Parts are joined by "and" or "or". A value with a space in it stands in quotes: "site=\'north wing\'".'
const QUOTE_HINT = 'As the key of a tag it stands in quotes within quotes: \'"all"=yes\'.'
const SET_HINT = 'A set is made by: flotilla device list silent --keep night. Then it is @night, or in night.'
const UNKNOWN_HINT = 'flotilla broker refused shows them.'
