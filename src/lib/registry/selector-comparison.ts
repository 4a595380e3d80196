import { type ExpressionReader, isKeyword, isReserved, quoted } from './expression-reader.ts'
import { isOrder, type Order, type TagComparison } from './selector.ts'
import type { Token } from './selector-tokens.ts'

/** Words stand beside symbols, because a shell takes `<` and `>` for itself. */
const SYMBOLS: ReadonlySet<string> = new Set<TagComparison>(['=', '!=', '<', '<=', '>', '>='])
const WORDS: Readonly<Record<string, TagComparison>> = {
  is: '=',
  exactly: '=',
  in: '=',
  like: 'like',
  below: '<',
  above: '>',
}
/** What may follow `at`. */
const AT: Readonly<Record<string, Order>> = { least: '>=', most: '<=' }

export const COMPARISON_WORDS = [...Object.keys(WORDS), 'at least', 'at most']

export interface Compared {
  readonly comparison: TagComparison
  /** Values may stand side by side: after `in`. */
  readonly many: boolean
  readonly token: Token
}

/** Whether a comparison stands so far ahead. */
export function isComparison(reader: ExpressionReader, ahead = 0): boolean {
  const token = reader.peek(ahead)
  if (token?.kind === 'symbol') return SYMBOLS.has(token.text)
  if (isKeyword(token, 'at')) return atBound(reader.peek(ahead + 1)) !== undefined
  return isReserved(token) && Object.hasOwn(WORDS, token!.text.toLowerCase())
}

/** Takes the comparison that {@link isComparison} has seen. */
export function readComparison(reader: ExpressionReader): Compared {
  const token = reader.take()!
  if (token.kind === 'symbol') return { comparison: token.text as TagComparison, many: false, token }
  const word = token.text.toLowerCase()
  if (word === 'at') return { comparison: atBound(reader.take())!, many: false, token }
  if (word === 'is' && reader.takes('not') !== undefined) return { comparison: '!=', many: false, token }
  return { comparison: WORDS[word]!, many: word === 'in', token }
}

/**
 * The values that something is compared with: one where it is about order, and a star only for `like`.
 * @param subject what is compared
 */
export function readComparedValues(
  reader: ExpressionReader,
  subject: Token,
  { comparison, many }: Pick<Compared, 'comparison' | 'many'>,
): readonly Token[] {
  const values = readValues(reader, many, `${quoted(subject)} needs a value to be compared with`)
  const [first, second] = values
  if (isOrder(comparison) && second !== undefined)
    throw reader.failure(second, `one value is expected behind ${quoted(subject)}`)
  const starred =
    comparison === 'like' ? undefined : values.find((one) => !one.quoted && one.text.includes('*'))
  if (starred === undefined) return values
  const hint = `For any characters: ${subject.text} like ${first!.text}. A star itself stands in quotes.`
  throw reader.failure(starred, 'only "like" takes a "*"', hint)
}

/**
 * Values joined by commas, or side by side.
 * @param isOne whether a word that stands beside a value is one more
 */
export function readValues(
  reader: ExpressionReader,
  many: boolean,
  expected: string,
  isOne: (token: Token) => boolean = (token) => !isReserved(token),
): readonly Token[] {
  const values = [reader.word(expected, VALUE_HINT)]
  for (;;) {
    const next = reader.peek()
    const isBeside = many && next?.kind === 'word' && isOne(next)
    if (reader.takes(',') === undefined && !isBeside) return values
    values.push(reader.word(expected, VALUE_HINT))
  }
}

const VALUE_HINT = 'A value with spaces, commas, "and", "or" or nothing in it stands in quotes.'

function atBound(token: Token | undefined): Order | undefined {
  const word = token?.text.toLowerCase() ?? ''
  return isReserved(token) && Object.hasOwn(AT, word) ? AT[word] : undefined
}

/** How a comparison is written, so that no shell takes it for itself. */
export function comparisonText(comparison: TagComparison): string {
  switch (comparison) {
    case '=':
      return '='
    case '!=':
      return ' is not '
    case 'like':
      return ' like '
    case '<':
      return ' below '
    case '>':
      return ' above '
    case '<=':
      return ' at most '
    case '>=':
      return ' at least '
  }
}
