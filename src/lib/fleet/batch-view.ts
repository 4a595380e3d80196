import { NotFoundError } from '../base/errors.ts'
import type { BatchSummary } from '../registry/batch.ts'
import type { Registry } from '../registry/registry.ts'
import { isoTime } from './device-view.ts'

/** A batch as commands show it. */
export interface BatchView {
  readonly name: string
  readonly action: string
  /** `open`: it is at work, or was stopped and waits to be typed again. */
  readonly state: 'open' | 'finished'
  readonly rows: number
  /** Rows that it has done, over all its runs. */
  readonly done: number
  /** Rows that failed in the run that ended last. */
  readonly failed: number
  readonly codes: Readonly<Record<string, number>>
  readonly actor: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly digest: string
}

export interface BatchListing {
  /** The youngest first. */
  readonly batches: readonly BatchView[]
}

export async function listBatches(registry: Registry, limit: number | undefined): Promise<BatchListing> {
  return { batches: (await registry.batches({ limit })).map(batchView) }
}

/** @throws NotFoundError `BATCH_UNKNOWN` */
export async function showBatch(registry: Registry, name: string): Promise<BatchView> {
  const batch = await registry.batch(name)
  if (batch !== undefined) return batchView(batch)
  throw new NotFoundError('BATCH_UNKNOWN', `There is no batch ${name}.`, {
    hint: 'flotilla batch list shows them.',
  })
}

function batchView(batch: BatchSummary): BatchView {
  const { name, action, actor, rows, done, digest, failed, startedAt, finishedAt } = batch
  return {
    name,
    action,
    state: finishedAt === undefined ? 'open' : 'finished',
    rows,
    done,
    failed: Object.values(failed).reduce((sum, count) => sum + count, 0),
    codes: failed,
    actor,
    startedAt: isoTime(startedAt),
    finishedAt: finishedAt === undefined ? null : isoTime(finishedAt),
    digest,
  }
}
