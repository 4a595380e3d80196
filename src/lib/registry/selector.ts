/** What a selector says, parsed: every part must hold. Ids and tags now; live facts join here. */
export type Selector = readonly SelectorTerm[]

export type SelectorTerm =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }
