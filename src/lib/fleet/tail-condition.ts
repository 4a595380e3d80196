import { readExpression } from '../registry/expression.ts'
import { didYouMean, type ExpressionKind, ExpressionReader, quoted } from '../registry/expression-reader.ts'
import { isOrder, type TagComparison } from '../registry/selector.ts'
import {
  COMPARISON_WORDS,
  type Compared,
  isComparison,
  readComparedValues,
  readComparison,
} from '../registry/selector-comparison.ts'
import { isLike, isOrdered } from '../registry/tag-comparison.ts'
import type { Reported } from './latest-view.ts'
import type { TailReading } from './tail-line.ts'

/** Whether a reading is wanted. */
export type TailCondition = (values: TailReading['values']) => boolean

const CONDITION: ExpressionKind = {
  name: 'Condition',
  code: 'CONDITION',
  hint: 'Write it like "temp above 80", "pressure at most 1.2 and running is true" or "state is \'fault 7\'".',
  part: 'the name of a metric',
  joinHint:
    'Comparisons are joined by "and" or "or". A value with a space in it stands in quotes: "state is \'fault 7\'".',
}

/**
 * `temp above 80`, `pressure at most 1.2 and not running is true`, `rpm = 0 or (flow < 0.1 and state is fault)`: joined
 * and compared as in a selector. A reading without the metric does not fulfil a comparison, whichever it is.
 * @throws UsageError `CONDITION`, which names the column
 */
export function parseTailCondition(text: string): TailCondition {
  return readExpression<TailCondition>(new ExpressionReader(text, CONDITION), {
    any: (of) => (values) => of.some((holds) => holds(values)),
    all: (of) => (values) => of.every((holds) => holds(values)),
    not: (holds) => (values) => !holds(values),
    part: readTerm,
  })
}

function readTerm(reader: ExpressionReader): TailCondition {
  const metric = reader.word(`${CONDITION.part} is expected`)
  const compared = comparisonBehind(reader)
  const wanted = readComparedValues(reader, metric, compared)
  const unordered = isOrder(compared.comparison) ? wanted.find(({ text }) => !isNumber(text)) : undefined
  if (unordered !== undefined) throw reader.failure(unordered, `${quoted(unordered)} is no number`)
  const texts = wanted.map(({ text }) => text)
  return (values) => {
    const reported = Object.hasOwn(values, metric.text) ? values[metric.text] : undefined
    return reported !== undefined && holds(reported, compared.comparison, texts)
  }
}

/** Here "not" alone is "is not": it stands behind a name. */
function comparisonBehind(reader: ExpressionReader): Pick<Compared, 'comparison' | 'many'> {
  if (isComparison(reader)) return readComparison(reader)
  const token = reader.peek()
  if (reader.takes('not') !== undefined) return { comparison: '!=', many: false }
  throw reader.failure(token, 'a comparison is expected', didYouMean(token, COMPARISON_WORDS))
}

/** Numbers are compared as numbers; text has no order. */
function holds(value: Reported, comparison: TagComparison, wanted: readonly string[]): boolean {
  switch (comparison) {
    case '=':
      return wanted.some((one) => isSame(value, one))
    case '!=':
      return !wanted.some((one) => isSame(value, one))
    case 'like':
      return wanted.some((pattern) => isLike(String(value), pattern))
    case '<':
    case '<=':
    case '>':
    case '>=':
      return typeof value === 'number' && isOrdered(value - Number(wanted[0]), comparison)
  }
}

function isSame(value: Reported, wanted: string): boolean {
  return typeof value === 'number' ? isNumber(wanted) && value === Number(wanted) : String(value) === wanted
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}
