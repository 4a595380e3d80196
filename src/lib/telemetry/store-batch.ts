import type { IngestBatch } from './ingest-batch.ts'
import type { Measurements } from './measurements.ts'
import { RowRefusedError, type TelemetryStore } from './store.ts'

/**
 * Stores what the store will take of a batch; the message of a row that it never will becomes a letter of the batch.
 * @returns the rows that are in the store
 * @throws what the store throws about anything but a row; nothing may be taken as stored then
 */
export async function storeBatch(
  batch: IngestBatch,
  store: Pick<TelemetryStore, 'write'>,
): Promise<Measurements> {
  for (;;) {
    const { rows } = batch
    try {
      if (rows.length > 0) await store.write(rows)
      return rows
    } catch (error) {
      if (!(error instanceof RowRefusedError)) throw error
      batch.refuse(error.rows, error.reason)
    }
  }
}
