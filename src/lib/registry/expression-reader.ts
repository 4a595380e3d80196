import { UsageError } from '../base/errors.ts'
import { isSelectorWord } from '../base/names.ts'
import { nearest } from '../base/nearest.ts'
import { type Token, tokenize } from './selector-tokens.ts'

const UNCLOSED = 'the quote has no end'

/** What is read, in the words of its errors. */
export interface ExpressionKind {
  /** What a message begins with: `Selector`, `Condition`. */
  readonly name: string
  readonly code: string
  /** How it is written right, where nothing nearer can be said. */
  readonly hint: string
  /** What its parts are: `a device or key=value`. */
  readonly part: string
  /** How parts are joined, and what to do about a value with a space in it. */
  readonly joinHint: string
}

/** The tokens of one expression, and how to say what is wrong with one of them. */
export class ExpressionReader {
  readonly kind: ExpressionKind
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string, kind: ExpressionKind) {
    this.kind = kind
    this.#text = text
    this.#tokens = tokenize(text)
  }

  /** The next token, or one that stands so far behind it. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#next + ahead]
  }

  take(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  /** Takes the next token if it is this symbol, or one of these key words. */
  takes(...texts: readonly string[]): Token | undefined {
    const token = this.peek()
    return token !== undefined && texts.some((text) => isSymbol(token, text) || isKeyword(token, text))
      ? this.take()
      : undefined
  }

  /** A word, in quotes or not. */
  word(expected: string, hint?: string): Token {
    const token = this.take()
    if (token?.kind !== 'word' || isKeyword(token, 'and') || isKeyword(token, 'or'))
      throw this.failure(token, expected, hint)
    return token
  }

  /** @param what is wrong, as the end of a sentence that begins with the place */
  failure(token: Token | undefined, what: string, hint: string = this.kind.hint): UsageError {
    const column = token?.column ?? this.#text.length + 1
    const why = token?.kind === 'unclosed' ? UNCLOSED : what
    const message = `${this.kind.name} ${JSON.stringify(excerpt(this.#text, column))}, column ${column}: ${why}.`
    return new UsageError(this.kind.code, message, { hint })
  }
}

/** What was probably meant by a word; short ones are like everything. */
export function didYouMean(token: Token | undefined, words: readonly string[]): string | undefined {
  if (token?.kind !== 'word' || token.quoted || token.text.length < 3 || token.text.length > 20)
    return undefined
  const meant = nearest(token.text.toLowerCase(), words)
  return meant === undefined ? undefined : `Did you mean ${meant}?`
}

export function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text
}

/** A word that means something in a selector, and is not in quotes. */
export function isReserved(token: Token | undefined): boolean {
  return token?.kind === 'word' && !token.quoted && isSelectorWord(token.text)
}

export function isKeyword(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && !token.quoted && token.text.toLowerCase() === word
}

/** A token as a message shows it. */
export function quoted({ text }: Token): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text)
}

/** A selector may name thousands of ids; a message about it stays a line or two and shows the place. */
function excerpt(text: string, column: number): string {
  if (text.length <= MOST) return text
  const start = Math.max(0, Math.min(column - 100, text.length - MOST))
  const end = start + MOST
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}

const MOST = 160
