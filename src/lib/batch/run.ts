import { ahead } from './ahead.ts'

/** What became of a row. */
export interface RowOutcome {
  readonly state: string
  /** Why it failed; undefined: it did not. */
  readonly code?: string
}

export interface BatchWork<Row, Prepared, Outcome extends RowOutcome> {
  readonly rows: AsyncIterable<Row>
  /** Rows of one commit. */
  readonly chunk: number
  /** Chunks that are prepared at the same time. */
  readonly ahead: number
  /** May run before the chunks in front of it are committed; must leave nothing behind that counts. */
  readonly prepare: (rows: readonly Row[]) => Promise<Prepared>
  /** Makes it so. One at a time, in the order of the rows. */
  readonly commit: (prepared: Prepared) => Promise<readonly Outcome[]>
  /** Awaited, so that a slow reader of results slows the work and not the memory down. */
  readonly onOutcomes: (outcomes: readonly Outcome[]) => Promise<void>
  /** One more failed row than this stops the work. */
  readonly allowedFailures: number
  readonly signal?: AbortSignal | undefined
}

export interface BatchTally {
  readonly rows: number
  /** How many rows came to which state. */
  readonly states: Readonly<Record<string, number>>
  /** How many failed, by code. */
  readonly failed: Readonly<Record<string, number>>
  /** Whether too many failed: there are rows that nobody looked at. */
  readonly stopped: boolean
}

/** Takes rows through prepare and commit, chunk by chunk; memory holds the chunks that are at work and no more. */
export async function runBatch<Row, Prepared, Outcome extends RowOutcome>(
  work: BatchWork<Row, Prepared, Outcome>,
): Promise<BatchTally> {
  const states: Record<string, number> = {}
  const failed: Record<string, number> = {}
  let rows = 0
  let failures = 0
  for await (const prepared of ahead(chunked(work.rows, work.chunk), work.ahead, work.prepare)) {
    work.signal?.throwIfAborted()
    const outcomes = await work.commit(prepared)
    for (const { state, code } of outcomes) {
      rows++
      states[state] = (states[state] ?? 0) + 1
      if (code === undefined) continue
      failures++
      failed[code] = (failed[code] ?? 0) + 1
    }
    await work.onOutcomes(outcomes)
    if (failures > work.allowedFailures) return { rows, states, failed, stopped: true }
  }
  return { rows, states, failed, stopped: false }
}

async function* chunked<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
