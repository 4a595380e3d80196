import { didYouMean, type ExpressionReader, isSymbol, quoted } from './expression-reader.ts'
import type { Token } from './selector-tokens.ts'

/** What an expression comes to, from its parts up. */
export interface Grammar<Part> {
  /** At least two, joined by "or". */
  readonly any: (of: readonly Part[]) => Part
  /** At least two, joined by "and". */
  readonly all: (of: readonly Part[]) => Part
  readonly not: (of: Part) => Part
  /** Reads what is neither joined nor in brackets, and fails where none stands. */
  readonly part: (reader: ExpressionReader) => Part
}

/** Nobody writes more by hand, and an engine's bound on the depth of an expression lies far above. */
const DEEPEST = 50
const MOST_PARTS = 200

/**
 * Reads parts joined by "and" and "or", turned round by "not", in brackets, to the end. "not" binds closer than "and",
 * and "and" closer than "or".
 * @throws UsageError of the reader's kind, which names the column, what was expected there, and what to write
 */
export function readExpression<Part>(reader: ExpressionReader, grammar: Grammar<Part>): Part {
  let parts = 0

  const any = (depth: number): Part => joined('or', grammar.any, () => all(depth))
  const all = (depth: number): Part => joined('and', grammar.all, () => one(depth))

  const joined = (word: string, join: Grammar<Part>['any'], read: () => Part): Part => {
    const of = [read()]
    while (reader.takes(word) !== undefined) of.push(read())
    return of.length === 1 ? of[0]! : join(of)
  }

  const one = (depth: number): Part => {
    if (depth > DEEPEST) throw reader.failure(reader.peek(), `it is nested deeper than ${DEEPEST}`)
    if (reader.takes('not', '!') !== undefined) return grammar.not(one(depth + 1))
    const open = reader.takes('(')
    if (open !== undefined) return bracketed(open, depth)
    if (reader.peek() === undefined)
      throw reader.failure(undefined, `it ends where ${reader.kind.part} is expected`)
    if (++parts > MOST_PARTS)
      throw reader.failure(reader.peek(), `it has more than ${MOST_PARTS} parts`, CROWDED_HINT)
    return grammar.part(reader)
  }

  const bracketed = (open: Token, depth: number): Part => {
    const inner = any(depth + 1)
    if (reader.takes(')') !== undefined) return inner
    const token = reader.peek()
    if (token !== undefined) throw notJoined(reader, token)
    throw reader.failure(token, `the "(" of column ${open.column} has no ")"`)
  }

  const whole = any(0)
  const token = reader.peek()
  if (token === undefined) return whole
  throw notJoined(reader, token)
}

function notJoined(reader: ExpressionReader, token: Token): Error {
  if (isSymbol(token, ')')) return reader.failure(token, 'no "(" belongs to this ")"')
  const hint = didYouMean(token, ['and', 'or']) ?? reader.kind.joinHint
  return reader.failure(token, `"and" or "or" is expected before ${quoted(token)}`, hint)
}

const CROWDED_HINT = 'Ids, and values of one thing, are joined by commas: together they are one part.'
