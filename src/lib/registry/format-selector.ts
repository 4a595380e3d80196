import { isSelectorWord } from '../base/names.ts'
import type { Selector, SelectorFact, TimeBound } from './selector.ts'
import { comparisonText } from './selector-comparison.ts'
import { FACT_WORDS } from './selector-facts.ts'
import { quoteWord } from './selector-tokens.ts'

/** The selector as text that `parseSelector` reads back: in words, which no shell takes for itself. */
export function formatSelector(selector: Selector): string {
  if (selector.kind === 'any') return selector.of.map((part) => inBrackets(part, ['any'])).join(' or ')
  if (selector.kind === 'all') return selector.of.map((part) => inBrackets(part, JOINED)).join(' and ')
  return selector.kind === 'not' ? `not ${inBrackets(selector.of, JOINED)}` : formatFact(selector)
}

const JOINED = ['any', 'all'] as const

function inBrackets(selector: Selector, kinds: readonly Selector['kind'][]): string {
  const text = formatSelector(selector)
  return kinds.includes(selector.kind) ? `(${text})` : text
}

function formatFact(fact: SelectorFact): string {
  switch (fact.kind) {
    case 'every':
      return 'all'
    case 'ids':
      return fact.ids.join(',')
    case 'set':
      return `@${fact.name}`
    case 'input':
      return '-'
    case 'tag':
      return `${formatKey(fact.key)}${comparisonText(fact.comparison)}${formatValues(fact)}`
    case 'state':
      return `state=${fact.states.join(',')}`
    case 'silent':
      return fact.bound?.order === '>='
        ? `silent ${formatTime(fact.bound.time)}`
        : `silent${formatBound(fact.bound)}`
    case 'seen':
    case 'cert-ends':
      return `${fact.kind}${formatBound(fact.bound)}`
  }
}

function formatKey(key: string): string {
  const isPlain = /^[a-z0-9_][\w.:-]*$/i.test(key) && !isSelectorWord(key)
  return isPlain && !FACT_WORDS.some((word) => word === key.toLowerCase()) ? key : quoteWord(key, true)
}

function formatValues({ comparison, values }: SelectorFact & { kind: 'tag' }): string {
  return values.map((value) => formatValue(value, comparison === 'like')).join(',')
}

function formatValue(value: string, isPattern: boolean): string {
  const isSpecial = isSelectorWord(value) || (value.includes('*') && !isPattern)
  return quoteWord(value, isSpecial)
}

function formatBound(bound: TimeBound | undefined): string {
  return bound === undefined ? '' : `${comparisonText(bound.order)}${formatTime(bound.time)}`
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

function formatTime(time: number): string {
  const [unit, size] = UNITS.find(([, size]) => time > 0 && time % size === 0) ?? ['ms', 1]
  return `${time / size}${unit}`
}
