import { PartialError, UnreachableError } from '../base/errors.ts'
import { type ProcessLock, takeLock } from '../base/process-lock.ts'
import { connectOperator } from '../fleet/connect-operator.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { DeadLetterFilter } from '../registry/state.ts'
import type { ReplayQuery, ReplayTurn } from './replay-letters.ts'

/** What `telemetry deadletters replay` prints with --json. */
export interface ReplayResult {
  /** Letters that are stored now. */
  readonly stored: number
  readonly measurements: number
  /** Letters that stay, and why, by the reason that they have now. */
  readonly kept: number
  readonly rejected: Readonly<Record<string, number>>
}

export interface ReplayRequest extends DeadLetterFilter {
  /** Looked at between two turns of about a second. */
  readonly signal: AbortSignal
}

type Turn = (query: ReplayQuery) => Promise<ReplayTurn>

/**
 * Stores dead letters that can be stored by now. Only one process writes telemetry: when ingest runs from this
 * directory it is asked to, else it is done here.
 * @throws UnreachableError when the store or the broker cannot be reached · InterruptedError between two turns
 */
export async function replayDeadLetters(fleet: Fleet, request: ReplayRequest): Promise<ReplayResult> {
  const { signal, ...filter } = request
  await using running = new AsyncDisposableStack()
  const turn = await turnBy(fleet, running)
  const rejected = new Map<string, number>()
  let [stored, measurements] = [0, 0]
  for (let after: number | null = 0; after !== null; ) {
    signal.throwIfAborted()
    const done: ReplayTurn = await turn({ ...filter, after })
    stored += done.stored
    measurements += done.measurements
    for (const [reason, count] of Object.entries(done.rejected))
      rejected.set(reason, (rejected.get(reason) ?? 0) + count)
    after = done.after
  }
  const kept = rejected.values().reduce((sum, count) => sum + count, 0)
  return { stored, measurements, kept, rejected: Object.fromEntries(rejected) }
}

/** @throws PartialError `LETTERS_KEPT` when some stay, with the whole result */
export function refuseKept(result: ReplayResult): void {
  const { kept, rejected } = result
  if (kept === 0) return
  const reasons = Object.entries(rejected).map(([reason, count]) => `${reason} ${count}`)
  const letters = kept === 1 ? '1 dead letter' : `${kept} dead letters`
  throw new PartialError('LETTERS_KEPT', `${letters} cannot be stored still: ${reasons.join(', ')}.`, {
    hint: 'They stay. What is wrong with each: flotilla telemetry deadletters list',
    details: { ...result },
  })
}

async function turnBy(fleet: Fleet, running: AsyncDisposableStack): Promise<Turn> {
  const lock = await ingestLock(fleet)
  if (lock === undefined) return turnByService(fleet, running)
  running.use(lock)
  return turnHere(fleet, running)
}

/** Undefined: ingest is at work. */
async function ingestLock({ directory }: Fleet): Promise<ProcessLock | undefined> {
  try {
    return await takeLock(directory.lock('ingest'), { what: 'The ingest role' })
  } catch (error) {
    if (error instanceof UnreachableError && error.code === 'LOCKED') return undefined
    throw error
  }
}

async function turnByService(fleet: Fleet, running: AsyncDisposableStack): Promise<Turn> {
  const { request } = await import('../mqtt/request.ts')
  const { turnOf } = await import('./ingest-control.ts')
  const connection = running.use(await connectOperator(fleet))
  return async (query) =>
    turnOf(
      await request(connection, { fleet: fleet.name, role: 'ingest', verb: 'replay', body: { ...query } }),
    )
}

async function turnHere(fleet: Fleet, running: AsyncDisposableStack): Promise<Turn> {
  const { openTelemetry } = await import('../fleet/open-telemetry.ts')
  const { replayTurn } = await import('./replay-letters.ts')
  const store = running.use(await openTelemetry(fleet, false))
  const state = await fleet.state()
  const retention = fleet.config.retention.measurements
  return (query) => replayTurn(state, query, { fleet: fleet.name, store, retention })
}
