import { InterruptedError } from '../base/errors.ts'
import type { CheckedInput } from '../batch/input.ts'
import type { BatchTally } from '../batch/run.ts'
import { Sample } from '../batch/sample.ts'
import { PACK_ROWS } from '../provisioning/pack.ts'
import type { Layout, ProvisionOutcome } from '../provisioning/provision.ts'
import type { CheckReport } from './check-credentials.ts'
import type { Fleet } from './fleet.ts'
import type { ProvisionOptions } from './provision-options.ts'

/** What `device provision` prints with --json. */
export interface ProvisionResult {
  readonly rows: number
  readonly issued: number
  /** Had a certificate before: nothing was written. */
  readonly already: number
  readonly failed: number
  /** How many failed, by code. */
  readonly codes: Readonly<Record<string, number>>
  /** Whether too many failed: the rows behind were not looked at. */
  readonly stopped: boolean
  /** Nothing was written: `issued` counts what would be. */
  readonly dryRun: boolean
  /** SHA-256 that the input is known by, whatever the order of its rows. */
  readonly digest: string
  readonly batch: string | null
  /** Where the credentials lie: one folder a device, or packs of 1,000. */
  readonly folder: string
  readonly layout: Layout['kind']
  /** What became of each; of more than 1,000 rows only of the first that failed. --results has all. */
  readonly devices: readonly ProvisionOutcome[]
  readonly check: CheckReport | null
  /** Of the named devices those that had a certificate and have other tags than --tag says: they were not changed. */
  readonly otherTags: readonly string[]
}

/** From one row more the result names no device that is well, and credentials lie in packs. */
export const FEW = PACK_ROWS

/** What passes by on its way to whoever asked for each row. */
export interface Collected {
  readonly tally: BatchTally
  readonly devices: readonly ProvisionOutcome[]
  readonly sample: Sample<string>
}

export type Into = (outcomes: readonly ProvisionOutcome[]) => Promise<void>

export async function collect(
  { check, onOutcomes, onProgress }: ProvisionOptions,
  { rows }: CheckedInput,
  run: (into: Into) => Promise<BatchTally>,
): Promise<Collected> {
  const devices: ProvisionOutcome[] = []
  const sample = new Sample<string>(check)
  const counts = { rows, issued: 0, already: 0, failed: 0 }
  let done = 0
  onProgress?.('issue', 0, rows)
  const into: Into = async (outcomes) => {
    for (const outcome of outcomes) {
      if (rows <= FEW || (outcome.state === 'failed' && devices.length < FEW)) devices.push(outcome)
      if (outcome.state !== 'failed') sample.add(outcome.id)
      if (outcome.state !== 'new') counts[outcome.state]++
    }
    done += outcomes.length
    onProgress?.('issue', done, rows)
    await onOutcomes?.(outcomes)
  }
  const tally = await run(into).catch((error: unknown) => {
    throw error instanceof InterruptedError ? interruptedAt(counts, done) : error
  })
  return { tally, devices, sample }
}

function interruptedAt(details: Readonly<Record<string, number>>, done: number): InterruptedError {
  return new InterruptedError(`Interrupted after ${done} of ${details['rows']} rows.`, {
    hint: 'What is done stands, and nothing is half done: the same line goes on.',
    details,
  })
}

export function resultOf(
  { directory }: Fleet,
  { rows, digest }: CheckedInput,
  { kind }: Layout,
  { batch, dryRun }: ProvisionOptions,
  { tally, devices }: Collected,
): ProvisionResult {
  const count = (state: ProvisionOutcome['state']) => tally.states[state] ?? 0
  return {
    rows,
    issued: count(dryRun ? 'new' : 'issued'),
    already: count('already'),
    failed: count('failed'),
    codes: tally.failed,
    stopped: tally.stopped,
    dryRun,
    digest,
    batch: batch ?? null,
    folder: directory.devices,
    layout: kind,
    devices,
    check: null,
    otherTags: [],
  }
}
