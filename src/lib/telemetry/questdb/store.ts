import { type TelemetryStore, writeForbidden } from '../store.ts'
import { tableNames } from './names.ts'
import { storeReader } from './reader.ts'
import { type QuestdbAddress, QuestdbServer } from './server.ts'
import { QuestdbWriter } from './writer.ts'

export interface QuestdbTelemetryOptions extends QuestdbAddress {
  readonly fleet: string
  /** Milliseconds that measurements are kept; the server deletes what is older, in whole days. */
  readonly retention: number
  /** Any number of readers, and one writer beside them: whoever holds the lock of the ingest role. */
  readonly readOnly: boolean
}

/**
 * Telemetry in QuestDB. docs/decisions/questdb.md says why so.
 * @throws UsageError `STORE_SCHEMA` · RefusedError `STORE_REFUSED`
 */
export async function openQuestdbTelemetry(options: QuestdbTelemetryOptions): Promise<TelemetryStore> {
  const names = tableNames(options.fleet)
  await using cleanup = new AsyncDisposableStack()
  const server = cleanup.use(new QuestdbServer({ ...options, pulse: !options.readOnly }))
  const writer = new QuestdbWriter(server, names, options.retention)
  if (!options.readOnly) await writer.open()
  const kept = cleanup.move()
  return {
    ...storeReader(server, names),
    keepsLatest: false,
    write: (batch) => (options.readOnly ? writeForbidden() : writer.write(batch)),
    expire: async () => 0,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
