import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerAddress } from '../src/lib/mqtt/broker-address.ts'
import { connect } from '../src/lib/mqtt/connection.ts'
import { QuestdbServer } from '../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../src/lib/telemetry/questdb/store.ts'
import { createTestAuthorities } from '../test/support/certificates.ts'
import { freePort } from '../test/support/free-port.ts'
import { mosquittoBinary } from '../test/support/mosquitto.ts'
import { PlainMosquitto } from '../test/support/plain-mosquitto.ts'
import { killQuestdb, startQuestdb } from '../test/support/questdb.ts'
import { METRICS, messageStream, type StreamMessage } from './message-stream.ts'
import type { ConsumerFigures, ConsumerTask } from './mosquitto-questdb-consumer.ts'
import { cpuSeconds } from './process-cost.ts'
import { TELEGRAF_TABLE, Telegraf, telegrafBinary, telegrafRows } from './telegraf.ts'

/**
 * QoS 1 through mosquitto into QuestDB, all on this machine: 1000 devices, six numbers a message, one publisher with
 * 2000 messages on their way. Ingest, into the embedded store too, beside a consumer that only acknowledges and, where
 * it is found, Telegraf; in turn, several times, because the machine is never the same for long. What was lost or is
 * there twice is counted, and what the others on the machine took meanwhile, in CPU-s per million messages. Fewer than a
 * million messages show mostly how the engine's compiler begins.
 * `node bench/mosquitto-questdb.ts [messages] [rounds]`
 */
const messages = Number(process.argv[2] ?? 1_000_000)
const rounds = Number(process.argv[3] ?? 3)
const WINDOW = 2000
/** Pages as they are by default; those of the tests are small. */
const ROOMY = {
  QDB_CAIRO_WRITER_DATA_APPEND_PAGE_SIZE: '16M',
  QDB_CAIRO_WAL_WRITER_DATA_APPEND_PAGE_SIZE: '1M',
}

interface Figures {
  readonly seconds: number
  readonly cpu: number
  readonly peak: number
  /** CPU-seconds of the others. */
  readonly beside: Beside
}

interface Beside {
  readonly broker: number
  readonly QuestDB: number
  readonly publisher: number
}

const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const questdb = { url, user: undefined, password: undefined }
const settings = { QDB_HTTP_USER: '', QDB_HTTP_PASSWORD: '', ...ROOMY }

const server = await startQuestdb({ folder: path.join(folder, 'questdb'), port, settings })
const authorities = await createTestAuthorities()
const credential = authorities.issue('service', 'svc.ingest')
const publisher = authorities.issue('device', 'publisher')
const telegraf = telegrafBinary()
await using direct = new QuestdbServer(questdb)

try {
  const runs: Record<string, Figures[]> = {}
  for (let round = 0; round < rounds; round++) {
    // Each round goes on where the last one ended: rows between those that are there would be late data.
    const stream = messageStream(messages, Date.now() - (rounds - round) * messages)
    const note = (peer: string, figures: Figures) => (runs[peer] ??= []).push(figures)
    note('acknowledges only', await ours(stream, undefined))
    const stateFile = path.join(folder, `state-${round}.db`)
    note('flotilla', await ours(stream, { store: questdb, stateFile }))
    const embedded = { store: path.join(folder, `telemetry-${round}`), stateFile: `${stateFile}.embedded` }
    note('flotilla, embedded store', await ours(stream, embedded))
    if (telegraf !== undefined) note('Telegraf', await theirs(stream, telegraf))
    await report(round + 1)
  }
  console.table(Object.fromEntries(Object.entries(runs).map(([peer, all]) => [peer, middle(all)])))
  if (telegraf === undefined) console.log('Telegraf was not found: bench/telegraf.ts says how it is built.')
  else console.log(`CPU per message, flotilla / Telegraf: ${ratio(runs['flotilla']!, runs['Telegraf']!)}`)
} finally {
  await killQuestdb(server)
  await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 })
}

async function ours(stream: readonly StreamMessage[], ingest: ConsumerTask['ingest']): Promise<Figures> {
  await using broker = await startBroker()
  const child = fork(new URL('./mosquitto-questdb-consumer.ts', import.meta.url))
  child.send({ broker: broker.address, credential, messages, ingest } satisfies ConsumerTask)
  await once(child, 'message')
  const figures = once(child, 'message') as Promise<[ConsumerFigures]>
  const before = beside(broker)
  await publish(broker.address, stream)
  const [own] = await figures
  await settled()
  return { ...own, beside: since(before, beside(broker)) }
}

async function theirs(stream: readonly StreamMessage[], binary: string): Promise<Figures> {
  await using broker = await startBroker()
  await direct.query('DROP TABLE IF EXISTS telegraf')
  await direct.query(TELEGRAF_TABLE)
  await using peer = await Telegraf.start({ binary, folder, broker: broker.address, credential, url })
  const [cpu, from, before] = [peer.cpu, performance.now(), beside(broker)]
  await publish(broker.address, stream)
  const rows = await telegrafRows(direct, messages)
  if (rows < messages) console.log(`Telegraf: ${messages - rows} messages are missing`)
  const seconds = (performance.now() - from) / 1000
  await settled()
  return { seconds, cpu: peer.cpu - cpu, peak: peer.peak, beside: since(before, beside(broker)) }
}

/** CPU-seconds so far. */
function beside(broker: PlainMosquitto): Beside {
  const { user, system } = process.cpuUsage()
  return {
    broker: cpuSeconds(broker.pid!),
    QuestDB: cpuSeconds(server.pid!),
    publisher: (user + system) / 1e6,
  }
}

function since(before: Beside, now: Beside): Beside {
  return {
    broker: now.broker - before.broker,
    QuestDB: now.QuestDB - before.QuestDB,
    publisher: now.publisher - before.publisher,
  }
}

/** What was written can be read: the server has done its work. */
async function settled(): Promise<void> {
  const behind = 'SELECT count() FROM wal_tables() WHERE "writerTxn" <> "sequencerTxn"'
  while (Number((await direct.query(behind)).dataset[0]?.[0]) > 0) await sleep(50)
}

async function startBroker(): Promise<PlainMosquitto> {
  return PlainMosquitto.start({ binary: mosquittoBinary()!, authorities, port: await freePort() })
}

async function publish(broker: BrokerAddress, stream: readonly StreamMessage[]): Promise<void> {
  await using device = await connect({ broker, credential: publisher, clientId: 'publisher' })
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < messages) {
      const { topic, payload } = stream[next++]!
      await device.publish(topic, Buffer.from(payload).toString())
    }
  }
  await Promise.all(Array.from({ length: WINDOW }, lane))
}

/** The round in the middle, by CPU. */
function middle(all: readonly Figures[]) {
  const { seconds, cpu, beside: others } = byCpu(all)
  const perMillion = (spent: number) => Number(((spent / messages) * 1e6).toFixed(2))
  return {
    'messages/s': Math.round(messages / seconds),
    'rows/s': Math.round((messages * METRICS.length) / seconds),
    'CPU-s/1M': perMillion(cpu),
    broker: perMillion(others.broker),
    QuestDB: perMillion(others.QuestDB),
    publisher: perMillion(others.publisher),
    'peak MiB': Math.round(Math.max(...all.map(({ peak }) => peak))),
  }
}

function byCpu(all: readonly Figures[]): Figures {
  return all.toSorted((one, other) => one.cpu - other.cpu)[Math.floor(all.length / 2)]!
}

function ratio(own: readonly Figures[], other: readonly Figures[]): string {
  const each = own.map(({ cpu }, round) => (cpu / other[round]!.cpu).toFixed(2))
  return `${(byCpu(own).cpu / byCpu(other).cpu).toFixed(2)} (each round: ${each.join(', ')})`
}

/** Rows of all rounds that QuestDB does not hold, and those that are there twice. */
async function report(done: number): Promise<void> {
  await using store = await openQuestdbTelemetry({ ...questdb, fleet: 'acme', retention: 1, readOnly: true })
  await store.stats() // waits until everything can be read
  const { dataset } = await direct.query(
    'SELECT count(), count_distinct(k) FROM (SELECT concat(ts, device, metric) k FROM acme_measurements)',
  )
  const [rows, distinct] = dataset[0]!.map(Number)
  const expected = done * messages * METRICS.length
  console.log(
    `round ${done}: ${expected - distinct!} of ${expected} rows missing, ${rows! - distinct!} twice`,
  )
}
