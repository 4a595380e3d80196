import type { RowFault } from '../batch/row.ts'
import type { Threshold } from '../batch/threshold.ts'
import type { ProvisionOutcome } from '../provisioning/provision.ts'
import type { BatchSummary } from '../registry/batch.ts'
import type { Tags } from '../registry/device.ts'

export interface ProvisionOptions {
  readonly tags: Tags
  readonly passphrase: () => Promise<string>
  /** The name that the work is kept under. */
  readonly batch?: string | undefined
  /** Packs even for few devices; many get them anyway. */
  readonly packs: boolean
  /** How many of the devices try their new credential on the broker. */
  readonly check: number
  /** Say what would be done. */
  readonly dryRun: boolean
  /** How many rows may fail before it stops; undefined: any number. */
  readonly threshold?: Threshold | undefined
  /** Every row, in order. */
  readonly onOutcomes?: (outcomes: readonly ProvisionOutcome[]) => Promise<void>
  /** What is wrong with the input, before anything is written. */
  readonly onFault?: (fault: RowFault) => Promise<void>
  /** A batch that an earlier run has begun goes on. */
  readonly onResume?: (batch: BatchSummary) => void
  readonly onProgress?: (step: 'issue' | 'check', done: number, total: number) => void
  readonly signal?: AbortSignal | undefined
}
