import type { DeadLetterFilter, State } from '../registry/state.ts'
import { type ReplayOptions, replay } from '../telemetry/replay.ts'

export interface ReplayQuery extends DeadLetterFilter {
  /** Only letters behind this id. */
  readonly after: number
}

/** What one turn has done. */
export interface ReplayTurn {
  /** Letters that are stored and taken out. */
  readonly stored: number
  readonly measurements: number
  /** Letters that stay, by the reason that they have now. */
  readonly rejected: Readonly<Record<string, number>>
  /** Where the next turn goes on; null: there was nothing more. */
  readonly after: number | null
}

/** Letters of one step: each may be a megabyte. */
const STEP = 50
/** How long a turn takes about, in milliseconds: whoever asked hears of it in time. */
const TURN = 1000

/** Stores dead letters that can be stored by now, and takes them out only then: killed in between, nothing is lost. */
export async function replayTurn(
  state: State,
  { after: start, ...filter }: ReplayQuery,
  options: ReplayOptions,
): Promise<ReplayTurn> {
  const rejected = new Map<string, number>()
  let [after, stored, measurements] = [start, 0, 0]
  const deadline = performance.now() + TURN
  do {
    const letters = await state.deadLetterPage({ ...filter, after, limit: STEP })
    const done = await replay(letters, options)
    await state.removeDeadLetters(done.stored)
    stored += done.stored.length
    measurements += done.measurements
    for (const [reason, count] of Object.entries(done.rejected))
      rejected.set(reason, (rejected.get(reason) ?? 0) + count)
    if (letters.length < STEP)
      return { stored, measurements, rejected: Object.fromEntries(rejected), after: null }
    after = letters.at(-1)!.id
  } while (performance.now() < deadline)
  return { stored, measurements, rejected: Object.fromEntries(rejected), after }
}
