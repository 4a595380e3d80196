import type { Order, TagFact } from './selector.ts'
import { compareText, compareVersions, isNumberText, parseVersion } from './version.ts'

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

const WHOLE = /^\d+$/
const MARKED_NUMBER = /^[+-]|^[\d.]+e/i

/** Negative: what is stored comes first; undefined: the two cannot be compared. */
function orderOf(stored: string, asked: string): number | undefined {
  const isWhole = WHOLE.test(asked)
  if (isNumberText(asked) && (isWhole || MARKED_NUMBER.test(asked)) && isNumberText(stored))
    return compareNumbers(Number(stored), Number(asked))
  if (isNumberText(asked) && MARKED_NUMBER.test(asked)) return undefined
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
