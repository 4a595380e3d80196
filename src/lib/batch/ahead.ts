/**
 * Works on items before their results are asked for, at most `limit` at a time, and gives the results in the order of
 * the items. When the consumer stops or an item fails, what is at work is waited for: nothing goes on behind the back
 * of who has left.
 */
export async function* ahead<T, U>(
  items: AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<U>,
): AsyncGenerator<U> {
  const started: Promise<U>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // Whoever asks for it sees it fail; until then it is nobody's.
      result.catch(() => {})
      started.push(result)
      if (started.length >= limit) yield await started.shift()!
    }
    while (started.length > 0) yield await started.shift()!
  } finally {
    await Promise.allSettled(started)
  }
}
