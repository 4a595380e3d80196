/** What a selector says, parsed. Whole documents of it: docs/reference/selectors.md. */
export type Selector =
  | { readonly kind: 'any'; readonly of: readonly Selector[] }
  | { readonly kind: 'all'; readonly of: readonly Selector[] }
  | { readonly kind: 'not'; readonly of: Selector }
  | SelectorFact

/** Something that is so of a device, or not. */
export type SelectorFact =
  | { readonly kind: 'every' }
  /** One of these ids, in whatever spelling; `*` stands for any characters. */
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** In the set that was kept under this name. */
  | { readonly kind: 'set'; readonly name: string }
  /** The ids on standard input; who reads them puts `ids` in its place. */
  | { readonly kind: 'input' }
  | TagFact
  | { readonly kind: 'state'; readonly states: readonly SelectorState[] }
  /** Does not keep its own rhythm (rhythm.ts); with a bound, for so long. */
  | { readonly kind: 'silent'; readonly bound: TimeBound | undefined }
  /** Was heard, ever or so long ago. */
  | { readonly kind: 'seen'; readonly bound: TimeBound | undefined }
  /** The last certificate that is not revoked ends so far from now. */
  | { readonly kind: 'cert-ends'; readonly bound: TimeBound }

/** A device without the tag fulfils no comparison, whichever it is. */
export interface TagFact {
  readonly kind: 'tag'
  readonly key: string
  readonly comparison: TagComparison
  /** `=` and `like` want one of them, `!=` none; the others compare with the only one. */
  readonly values: readonly string[]
}

export type Order = '<' | '<=' | '>' | '>='
export type TagComparison = Order | '=' | '!=' | 'like'

export function isOrder(comparison: TagComparison): comparison is Order {
  return comparison !== '=' && comparison !== '!=' && comparison !== 'like'
}

export interface TimeBound {
  readonly order: Order
  /** Whole milliseconds. */
  readonly time: number
}

/** Where a device stands in its life; `blocked` is a flag beside it. */
export const SELECTOR_STATES = [
  'registered',
  'issued',
  'delivered',
  'reported',
  'retired',
  'blocked',
] as const
export type SelectorState = (typeof SELECTOR_STATES)[number]

/** All facts that a selector speaks of, in order. */
export function factsOf(selector: Selector): readonly SelectorFact[] {
  if (selector.kind === 'any' || selector.kind === 'all') return selector.of.flatMap(factsOf)
  return selector.kind === 'not' ? factsOf(selector.of) : [selector]
}

/** The selector with each fact replaced by what it stands for. */
export function mapFacts(selector: Selector, stands: (fact: SelectorFact) => SelectorFact): Selector {
  if (selector.kind === 'any' || selector.kind === 'all')
    return { kind: selector.kind, of: selector.of.map((part) => mapFacts(part, stands)) }
  return selector.kind === 'not' ? { kind: 'not', of: mapFacts(selector.of, stands) } : stands(selector)
}

/** Whether it speaks of retired devices, which are looked at only when asked for. */
export function namesRetired(selector: Selector): boolean {
  return factsOf(selector).some((fact) => fact.kind === 'state' && fact.states.includes('retired'))
}
