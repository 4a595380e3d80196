import { isOrder, type Order, type TagFact } from './selector.ts'
import { compareText, compareVersions, parseVersion } from './version.ts'

/**
 * Whether a tag's value fulfils what a selector asks. The value that was typed says how it is compared, so that the
 * same selector means the same on every fleet: a sign or an exponent makes it a number (+0.25), a dot or a v a version
 * (2.4), for 2.10 must not count as older than 2.4; a whole number is compared with either; all else is text, as which
 * dates compare (2026-01-31). A stored value of another kind does not fulfil it.
 */
export function fulfils(stored: string, { comparison, values }: TagFact): boolean {
  switch (comparison) {
    case '=':
      return values.includes(stored)
    case '!=':
      return !values.includes(stored)
    case 'like':
      return values.some((pattern) => isLike(stored, pattern))
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isOrdered(orderOf(stored, values[0]!), comparison)
  }
}

/**
 * A value that fulfils a decimal like 2.4 as a number and not as a version, or the other way round, where no stored
 * value shows which of them is meant: to guess would choose the wrong devices without a word. None as a rule:
 * `2.4.3` and `v2` are versions only, and the readings differ only where the fractions differ in length.
 */
export function ambiguous(stored: readonly string[], fact: TagFact): string | undefined {
  const [asked = ''] = fact.values
  if (!isOrder(fact.comparison) || !DECIMAL.test(asked)) return undefined
  if (stored.some((value) => !NUMBER.test(value) && parseVersion(value) !== undefined)) return undefined
  const asNumber = { ...fact, values: [`+${asked}`] }
  return stored.find((value) => NUMBER.test(value) && fulfils(value, fact) !== fulfils(value, asNumber))
}

const DECIMAL = /^\d+\.\d+$/
const WHOLE = /^\d+$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const MARKED_NUMBER = /^[+-]|^[\d.]+e/i

/** Negative: what is stored comes first; undefined: the two cannot be compared. */
function orderOf(stored: string, asked: string): number | undefined {
  const isWhole = WHOLE.test(asked)
  if (NUMBER.test(asked) && (isWhole || MARKED_NUMBER.test(asked)) && NUMBER.test(stored))
    return compareNumbers(Number(stored), Number(asked))
  if (NUMBER.test(asked) && MARKED_NUMBER.test(asked)) return undefined
  const version = parseVersion(asked)
  if (version === undefined) return compareText(stored, asked)
  const other = parseVersion(stored)
  return other && compareVersions(other, version)
}

export function isOrdered(order: number | undefined, comparison: Order): boolean {
  if (order === undefined) return false
  switch (comparison) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** `*` stands for any characters. Greedy from the left, so that no pattern takes more than one pass over the text. */
export function isLike(text: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return text === head
  if (!text.startsWith(head)) return false
  let at = head.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return text.length - tail.length >= at && text.endsWith(tail)
}

/** Two that are beyond all numbers are alike. */
function compareNumbers(one: number, other: number): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
