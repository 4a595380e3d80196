/** A piece of a selector's text. `quoted` words are never key words. */
export interface Token {
  readonly kind: 'word' | 'symbol' | 'unclosed'
  readonly text: string
  readonly quoted: boolean
  /** Column of its first character, from 1. */
  readonly column: number
}

const SPACE = /\s+/y
const SYMBOL = /[<>!]=|[=,()<>!]/y
const WORD = /[^\s=,()<>!"']+/y
/** After `=`, a value may hold what elsewhere is a symbol (`release=2024Q1<b>==`), but not what may join values later. */
const VALUE = /[^\s,()"']+/y
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'/y

/** Splits a selector's text into words and symbols. Never fails: a quote without its end is a token of its own kind. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const space = match(SPACE, text, at)
    if (space !== undefined) {
      at += space[0].length
      continue
    }
    const { token, length } = tokenAt(text, at, tokens.at(-1))
    tokens.push(token)
    at += length
  }
  return tokens
}

/** The text as one word for {@link tokenize}, in quotes where it needs them, or must not be a key word. */
export function quoteWord(text: string, always = false): string {
  if (!always && match(WORD, text, 0)?.[0] === text) return text
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

function tokenAt(
  text: string,
  at: number,
  before: Token | undefined,
): { readonly token: Token; readonly length: number } {
  const column = at + 1
  const quoted = match(QUOTED, text, at)
  if (quoted !== undefined) {
    const word = (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\([\s\S])/g, '$1')
    return { token: { kind: 'word', text: word, quoted: true, column }, length: quoted[0].length }
  }
  const afterEquals = before?.kind === 'symbol' && before.text === '='
  const word = match(afterEquals ? VALUE : WORD, text, at)?.[0]
  if (word !== undefined)
    return { token: { kind: 'word', text: word, quoted: false, column }, length: word.length }
  const symbol = match(SYMBOL, text, at)?.[0]
  if (symbol !== undefined) {
    return { token: { kind: 'symbol', text: symbol, quoted: false, column }, length: symbol.length }
  }
  const rest = text.slice(at)
  return { token: { kind: 'unclosed', text: rest, quoted: false, column }, length: rest.length }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}
