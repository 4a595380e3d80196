import { UsageError } from '../base/errors.ts'
import { isDeviceId, isSelectorWord } from '../base/names.ts'
import { quoteWord, type Token, tokenize } from './selector-tokens.ts'

/** What a selector says, parsed: every part must hold. Ids and tags now; live facts join here. */
export type Selector = readonly SelectorTerm[]

export type SelectorTerm =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }

/**
 * Parses the words of a command line. `hall=B and line=3` may come as three words or as one with spaces: both mean
 * the same. Ids stand beside each other or are joined by commas.
 * @throws UsageError `SELECTOR_SYNTAX`, which names the word and its column
 */
export function parseSelector(words: readonly string[]): Selector {
  const reader = new TokenReader(words.join(' '))
  const terms = [readTerm(reader)]
  while (reader.peek() !== undefined) {
    const joint = reader.take()
    if (!isKeyword(joint, 'and')) throw notJoined(reader, joint)
    terms.push(readTerm(reader))
  }
  return terms
}

/** The selector as text that {@link parseSelector} reads back. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatTerm).join(' and ')
}

function formatTerm(term: SelectorTerm): string {
  if (term.kind === 'ids') return term.ids.join(',')
  const key = isSelectorWord(term.key) ? `"${term.key}"` : quoteWord(term.key)
  return `${key}=${quoteWord(term.value)}`
}

function readTerm(reader: TokenReader): SelectorTerm {
  const first = reader.take()
  const next = reader.peek()
  if (first?.kind === 'word' && isSymbol(next, '=')) return readTag(reader, first)
  if (first?.kind === 'word' && next?.kind === 'symbol' && COMPARISONS.has(next.text))
    throw notYet(reader, next)
  return readIds(reader, first)
}

function readTag(reader: TokenReader, key: Token): SelectorTerm {
  if (!key.quoted && isSelectorWord(key.text)) throw notYet(reader, key)
  reader.take()
  const value = reader.take()
  if (value?.kind === 'unclosed') throw reader.failure(value, UNCLOSED)
  if (value?.kind !== 'word') {
    throw reader.failure(
      value,
      `${key.text}= needs a value`,
      'A value with spaces, commas or nothing in it stands in quotes.',
    )
  }
  if (isSymbol(reader.peek(), ',')) throw notYet(reader, reader.peek()!, 'a list of values')
  return { kind: 'tag', key: key.text, value: value.text }
}

/** Ids side by side or with commas between them, until something else follows. */
function readIds(reader: TokenReader, first: Token | undefined): SelectorTerm {
  const ids = [readId(reader, first)]
  for (;;) {
    if (isSymbol(reader.peek(), ',')) reader.take()
    else if (!reader.atId()) return { kind: 'ids', ids }
    ids.push(readId(reader, reader.take()))
  }
}

function readId(reader: TokenReader, token: Token | undefined): string {
  if (token === undefined) throw reader.failure(token, 'it ends where a device or key=value is expected')
  if (token.kind === 'word' && !token.quoted) {
    if (isDeviceId(token.text)) return token.text
    if (isKeyword(token, 'and')) throw reader.failure(token, '"and" stands between two parts')
    if (isSelectorWord(token.text) || token.text.startsWith('@') || token.text === '-')
      throw notYet(reader, token)
  }
  if (isSymbol(token, '(') || isSymbol(token, '!')) throw notYet(reader, token)
  if (token.kind === 'unclosed') throw reader.failure(token, UNCLOSED)
  throw reader.failure(token, `${JSON.stringify(token.text)} is neither the id of a device nor key=value`)
}

const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '!='])

function notJoined(reader: TokenReader, token: Token | undefined): UsageError {
  const later = token?.kind === 'symbol' ? !isSymbol(token, ')') : isReserved(token)
  if (token !== undefined && later && !isSymbol(token, ',') && !isSymbol(token, '='))
    return notYet(reader, token)
  return reader.failure(
    token,
    `"and" is expected before ${JSON.stringify(token?.text)}`,
    'Parts are joined by "and". A value with a space in it stands in quotes: "site=\'north wing\'".',
  )
}

function notYet(reader: TokenReader, token: Token, what = JSON.stringify(token.text)): UsageError {
  return reader.failure(token, `${what} is not understood yet`)
}

function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text
}

function isReserved(token: Token | undefined): boolean {
  return token?.kind === 'word' && !token.quoted && isSelectorWord(token.text)
}

function isKeyword(token: Token | undefined, word: string): boolean {
  return isReserved(token) && token?.text.toLowerCase() === word
}

/** The tokens of one selector, and how to say what is wrong with one of them. */
class TokenReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text)
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  take(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  /** Whether an id follows: a word that is not the key of a tag and not a key word. */
  atId(): boolean {
    const token = this.peek()
    const after = this.#tokens[this.#next + 1]
    return token?.kind === 'word' && !isReserved(token) && after?.text !== '='
  }

  failure(token: Token | undefined, what: string, hint: string = ALLOWED): UsageError {
    const column = token?.column ?? this.#text.length + 1
    const message = `Selector ${JSON.stringify(excerpt(this.#text))}, column ${column}: ${what}.`
    return new UsageError('SELECTOR_SYNTAX', message, { hint })
  }
}

/** A selector may name thousands of ids; a message about it stays a line or two. */
function excerpt(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}

const UNCLOSED = 'the quote has no end'
const ALLOWED = 'Allowed are ids (pump-1, or pump-1,pump-2) and key=value, joined by "and": hall=B and line=3'
