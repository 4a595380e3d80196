import { once } from 'node:events'
import type { BrokerAddress, ClientCredential } from '../../src/lib/mqtt/broker-address.ts'
import { DurableConsumer } from '../../src/lib/mqtt/durable-consumer.ts'
import { telemetryFilters } from '../../src/lib/mqtt/topics.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import { Ingest } from '../../src/lib/telemetry/ingest.ts'
import { Spool } from '../../src/lib/telemetry/spool/spool.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'

export interface IngestTask {
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  readonly telemetry: string
  readonly stateFile: string
  /** Where messages wait while the store is away. */
  readonly spool: string
}

/** Ingest in a process of its own, which its parent kills; should the parent end first, it must not stay. */
process.once('disconnect', () => process.exit())
const [task] = (await once(process, 'message')) as [IngestTask]
const ingest = new Ingest({
  fleet: 'acme',
  source: new DurableConsumer({
    broker: task.broker,
    credential: task.credential,
    clientId: 'svc.ingest-acme',
    filters: telemetryFilters('acme'),
    backoff: { initial: 50, max: 200 },
  }),
  store: await openSqliteTelemetry({ folder: task.telemetry, sync: 'normal', readOnly: false }),
  sink: await openSqliteState({ stateFile: task.stateFile, migrate: true }),
  spool: await Spool.open({ folder: task.spool, bound: 256 * 1024 * 1024, sync: false }),
  retention: 86_400_000,
})
await ingest.start()
process.send!({ started: true })
