import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerAddress, ClientCredential } from '../src/lib/mqtt/broker-address.ts'
import { DurableConsumer } from '../src/lib/mqtt/durable-consumer.ts'
import { telemetryFilters } from '../src/lib/mqtt/topics.ts'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'
import { GatheredNotes } from '../src/lib/telemetry/gathered-notes.ts'
import { Ingest } from '../src/lib/telemetry/ingest.ts'
import { boundedWrite } from '../src/lib/telemetry/metric-bound.ts'
import type { QuestdbAddress } from '../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../src/lib/telemetry/questdb/store.ts'
import { openSqliteTelemetry } from '../src/lib/telemetry/sqlite/store.ts'

export interface IngestInto {
  /** A server, or the folder of the embedded store. */
  readonly store: QuestdbAddress | string
  readonly stateFile: string
}

export interface ConsumerTask {
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  readonly messages: number
  /** undefined: the messages are only acknowledged. */
  readonly ingest: IngestInto | undefined
}

export interface ConsumerFigures {
  readonly seconds: number
  readonly cpu: number
  /** Resident memory at its highest, in MiB. */
  readonly peak: number
}

const RETENTION = 30 * 86_400_000

/** One consumer in a process of its own, so that its CPU can be measured apart; ends when all messages are acknowledged. */
const [task] = (await once(process, 'message')) as [ConsumerTask]
const { broker, credential, messages } = task
const source = new DurableConsumer({
  broker,
  credential,
  clientId: 'bench',
  filters: telemetryFilters('acme'),
})
const acknowledged = task.ingest === undefined ? await acknowledgeOnly() : await ingest(task.ingest)
process.send!({ ready: true })
while (acknowledged() === 0) await sleep(1)
const [cpu, from] = [process.cpuUsage(), performance.now()]
while (acknowledged() < messages) await sleep(5)
const seconds = (performance.now() - from) / 1000
const { user, system } = process.cpuUsage(cpu)
const figures: ConsumerFigures = {
  seconds,
  cpu: (user + system) / 1e6,
  peak: process.resourceUsage().maxRSS / 1024,
}
process.send!(figures, () => process.exit())

async function acknowledgeOnly(): Promise<() => number> {
  let count = 0
  await source.start((received) => {
    setImmediate(() => {
      for (const message of received) message.acknowledge()
      count += received.length
    })
  })
  return () => count
}

async function ingest({ store: place, stateFile }: IngestInto): Promise<() => number> {
  const store =
    typeof place === 'string'
      ? await openSqliteTelemetry({ folder: place, sync: 'normal', readOnly: false })
      : await openQuestdbTelemetry({ ...place, fleet: 'acme', retention: RETENTION, readOnly: false })
  const running = new Ingest({
    fleet: 'acme',
    source,
    store: { ...store, write: boundedWrite(store, 1000) },
    sink: new GatheredNotes(await openSqliteState({ stateFile, migrate: true })),
    retention: RETENTION,
  })
  await running.start()
  return () => running.stats().acknowledged
}
