/** The same question asked once: whoever comes later gets the first answer. */
export function once<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined
  return () => (answer ??= { value: ask() }).value
}
