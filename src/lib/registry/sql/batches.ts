import type { Kysely } from 'kysely'
import { NotFoundError, UsageError } from '../../base/errors.ts'
import type { Batch, BatchSummary, NewBatch } from '../batch.ts'
import type { BatchRow, RegistryTables } from './tables.ts'

const SUMMARY = [
  'name',
  'action',
  'actor',
  'started_at',
  'finished_at',
  'rows',
  'digest',
  'done',
  'failed',
] as const

export async function readBatch(db: Kysely<RegistryTables>, name: string): Promise<Batch | undefined> {
  const row = await db.selectFrom('batches').selectAll().where('name', '=', name).executeTakeFirst()
  return row && { ...summaryOf(row), fingerprints: row.fingerprints }
}

export async function readBatches(
  db: Kysely<RegistryTables>,
  limit: number | undefined,
): Promise<readonly BatchSummary[]> {
  let rows = db.selectFrom('batches').select(SUMMARY).orderBy('started_at', 'desc').orderBy('name')
  if (limit !== undefined) rows = rows.limit(limit)
  return (await rows.execute()).map(summaryOf)
}

export async function addBatch(db: Kysely<RegistryTables>, batch: NewBatch, at: number): Promise<void> {
  const there = await db
    .selectFrom('batches')
    .select('name')
    .where('name', '=', batch.name)
    .executeTakeFirst()
  if (there !== undefined) {
    throw new UsageError('BATCH_EXISTS', `There is a batch ${there.name} already.`, {
      hint: `flotilla batch show ${there.name}`,
    })
  }
  const row = { ...batch, started_at: at, finished_at: null, done: 0, failed: '{}' }
  await db.insertInto('batches').values(row).execute()
}

export async function advanceBatch(db: Kysely<RegistryTables>, name: string, rows: number): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('batches')
    .set((query) => ({ done: query('done', '+', rows), finished_at: null }))
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  refuseUnknown(name, numUpdatedRows)
}

export async function finishBatch(
  db: Kysely<RegistryTables>,
  name: string,
  failed: Readonly<Record<string, number>>,
  at: number,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('batches')
    .set({ finished_at: at, failed: JSON.stringify(failed) })
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  refuseUnknown(name, numUpdatedRows)
}

function refuseUnknown(name: string, updated: bigint): void {
  if (updated > 0n) return
  throw new NotFoundError('BATCH_UNKNOWN', `There is no batch ${name}.`, {
    hint: 'flotilla batch list shows them.',
  })
}

function summaryOf(row: Pick<BatchRow, (typeof SUMMARY)[number]>): BatchSummary {
  const { name, action, actor, rows, digest, done } = row
  return {
    ...{ name, action, actor, rows, digest, done },
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    failed: JSON.parse(row.failed) as Record<string, number>,
  }
}
