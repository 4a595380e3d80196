import { UsageError } from '../base/errors.ts'
import { type Token, tokenize } from '../registry/selector-tokens.ts'
import type { Reported } from './latest-view.ts'
import type { TailReading } from './tail-line.ts'

/** Whether a reading is wanted. */
export type TailCondition = (values: TailReading['values']) => boolean

type Compare = (value: Reported, wanted: string) => boolean

const number =
  (holds: (value: number, wanted: number) => boolean): Compare =>
  (value, wanted) =>
    typeof value === 'number' && holds(value, Number(wanted))
const same: Compare = (value, wanted) =>
  typeof value === 'number' ? value === Number(wanted) : String(value) === wanted

/** Words stand beside symbols, because a shell takes `<` and `>` for itself. Only `is` and `not` compare text. */
const COMPARISONS: Readonly<Record<string, Compare>> = {
  above: number((value, wanted) => value > wanted),
  '>': number((value, wanted) => value > wanted),
  below: number((value, wanted) => value < wanted),
  '<': number((value, wanted) => value < wanted),
  '>=': number((value, wanted) => value >= wanted),
  '<=': number((value, wanted) => value <= wanted),
  is: same,
  '=': same,
  not: (value, wanted) => !same(value, wanted),
  '!=': (value, wanted) => !same(value, wanted),
}
const TEXTUAL: ReadonlySet<string> = new Set(['is', '=', 'not', '!='])
/** `at least 80`, `at most 80`. */
const AT: Readonly<Record<string, string>> = { least: '>=', most: '<=' }

/**
 * `temp above 80`, `pressure at most 1.2 and running is true`, `rpm = 0 or flow < 0.1`. "and" binds closer than "or".
 * A reading without the metric does not fulfil a comparison, whichever it is.
 * @throws UsageError `CONDITION`, which names the column
 */
export function parseTailCondition(text: string): TailCondition {
  const reader = new ConditionReader(text)
  const ways = [reader.all()]
  while (reader.takes('or')) ways.push(reader.all())
  reader.end()
  return (values) => ways.some((terms) => terms.every((term) => term(values)))
}

class ConditionReader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokenize(text)
  }

  /** Comparisons joined by "and". */
  all(): readonly TailCondition[] {
    const terms = [this.#term()]
    while (this.takes('and')) terms.push(this.#term())
    return terms
  }

  takes(word: string): boolean {
    const token = this.#tokens[this.#next]
    if (token?.kind !== 'word' || token.quoted || token.text.toLowerCase() !== word) return false
    this.#next++
    return true
  }

  end(): void {
    const token = this.#tokens[this.#next]
    if (token !== undefined) throw this.#failure(token, `"and" or "or" is expected before ${quote(token)}`)
  }

  #term(): TailCondition {
    const metric = this.#word('the name of a metric is expected')
    const comparison = this.#comparison()
    const value = this.#word('a value is expected')
    if (!TEXTUAL.has(comparison) && !isNumber(value))
      throw this.#failure(value, `${quote(value)} is no number`)
    const holds = COMPARISONS[comparison]!
    return (values) => {
      const reported = Object.hasOwn(values, metric.text) ? values[metric.text] : undefined
      return reported !== undefined && holds(reported, value.text)
    }
  }

  #comparison(): string {
    const token = this.#tokens[this.#next++]
    const word = token?.text.toLowerCase() ?? ''
    if (token?.kind !== 'unclosed' && !token?.quoted) {
      if (Object.hasOwn(COMPARISONS, word)) return word
      const bound = word === 'at' ? this.#tokens[this.#next]?.text.toLowerCase() : undefined
      if (bound !== undefined && Object.hasOwn(AT, bound)) {
        this.#next++
        return AT[bound]!
      }
    }
    throw this.#failure(token, 'a comparison is expected')
  }

  #word(expected: string): Token {
    const token = this.#tokens[this.#next++]
    if (token?.kind === 'word') return token
    throw this.#failure(token, token?.kind === 'unclosed' ? 'the quote has no end' : expected)
  }

  #failure(token: Token | undefined, what: string): UsageError {
    const column = token?.column ?? this.#text.length + 1
    return new UsageError('CONDITION', `--where ${JSON.stringify(this.#text)}, column ${column}: ${what}.`, {
      hint: 'Write it like "temp above 80", "pressure at most 1.2 and running is true" or "state is \'fault 7\'".',
    })
  }
}

function isNumber({ text }: Token): boolean {
  return Number.isFinite(Number(text))
}

function quote({ text }: Token): string {
  return JSON.stringify(text)
}
