/** A version as it is compared: SemVer 2.0.0 §11, with any number of parts. */
export interface Version {
  /** Digits without leading zeros: a part may be a date, or longer than a number can be. */
  readonly parts: readonly string[]
  /** What follows a `-`, split at its dots; none: it is released. */
  readonly pre: readonly string[]
}

const PARTS = String.raw`\d+(?:\.\d+)*`
const LABEL = String.raw`[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*`
/** A dot or a `v` has to be there before anything else may follow: `2025-06-01` is no version. */
const VERSION = new RegExp(`^(?:v(${PARTS})|(\\d+(?:\\.\\d+)+))(?:-(${LABEL}))?(?:\\+${LABEL})?$`, 'i')
const WHOLE = /^\d+$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** `2.4`, `v3`, `2.4.0-rc.1+build`, and a whole number; undefined: it is none. */
export function parseVersion(text: string): Version | undefined {
  const [, marked, dotted, pre] = (WHOLE.test(text) ? [text, text] : VERSION.exec(text)) ?? []
  const digits = marked ?? dotted
  if (digits === undefined) return undefined
  return { parts: digits.split('.').map(withoutZeros), pre: pre === undefined ? [] : pre.split('.') }
}

/** `80`, `2.4`, `-3`, `1e3`: whether it may be meant as a number. */
export function isNumberText(text: string): boolean {
  return NUMBER.test(text)
}

/** Negative: the first is the earlier one. Parts that are missing are 0: 2.4 is 2.4.0. */
export function compareVersions(one: Version, other: Version): number {
  for (let index = 0; index < Math.max(one.parts.length, other.parts.length); index++) {
    const order = compareDigits(one.parts[index] ?? '0', other.parts[index] ?? '0')
    if (order !== 0) return order
  }
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length
  return comparePre(one.pre, other.pre)
}

/** SemVer §11.4: numbers come before words, the shorter of two equal beginnings comes first. */
function comparePre(one: readonly string[], other: readonly string[]): number {
  for (const [index, label] of one.entries()) {
    const against = other[index]
    if (against === undefined) return 1
    const [isNumber, isOtherNumber] = [WHOLE.test(label), WHOLE.test(against)]
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1
    const order = isNumber
      ? compareDigits(withoutZeros(label), withoutZeros(against))
      : compareText(label, against)
    if (order !== 0) return order
  }
  return one.length - other.length
}

export function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function compareDigits(one: string, other: string): number {
  return one.length - other.length || compareText(one, other)
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '')
}
