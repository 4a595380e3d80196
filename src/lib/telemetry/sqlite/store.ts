import { type TelemetryStore, writeForbidden } from '../store.ts'
import type { Sync } from './database.ts'
import { storeReader } from './reader.ts'
import { StoreWriter } from './writer.ts'

export interface SqliteTelemetryOptions {
  /** Made by the writer; one that is missing holds no data. */
  readonly folder: string
  /** normal: what is written survives `kill -9`; full: the loss of power too. */
  readonly sync: Sync
  /** Any number of readers, and one writer beside them: whoever holds the lock of the ingest role. */
  readonly readOnly: boolean
  /** A day was damaged and is under this name now; its data begins anew. */
  readonly onSetAside?: ((file: string) => void) | undefined
}

/**
 * Telemetry in SQLite files: `series.db` with the dictionary and the newest values, and one file for each day (UTC).
 * docs/decisions/telemetry-store.md says why so.
 * @throws UnreachableError `STORE_DENIED`, `STORE_CORRUPT`, `STORE_BUSY`, `STORE_IO`, `STORE_FULL`, `STORE_FOREIGN` ·
 *   UsageError `PROGRAM_OUTDATED`
 */
export async function openSqliteTelemetry(options: SqliteTelemetryOptions): Promise<TelemetryStore> {
  const { folder, readOnly } = options
  const reader = storeReader(folder)
  const common = { ...reader, keepsLatest: true }
  if (readOnly)
    return { ...common, write: writeForbidden, expire: writeForbidden, async [Symbol.asyncDispose]() {} }
  const writer = new StoreWriter(options)
  await writer.open()
  return {
    ...common,
    write: (batch) => writer.write(batch),
    expire: (before) => writer.expire(before),
    [Symbol.asyncDispose]: () => writer.close(),
  }
}
