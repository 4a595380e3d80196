import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect } from '../src/lib/mqtt/connection.ts'
import { QuestdbServer } from '../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../src/lib/telemetry/questdb/store.ts'
import { createTestAuthorities } from '../test/support/certificates.ts'
import { freePort } from '../test/support/free-port.ts'
import { mosquittoBinary } from '../test/support/mosquitto.ts'
import { PlainMosquitto } from '../test/support/plain-mosquitto.ts'
import { killQuestdb, PASSWORD, startQuestdb, USER } from '../test/support/questdb.ts'
import { METRICS, messageStream } from './message-stream.ts'
import type { ConsumerFigures, ConsumerTask } from './mosquitto-questdb-consumer.ts'

/**
 * QoS 1 through mosquitto into QuestDB, all on this machine: 1000 devices, six numbers a message, one publisher with
 * 2000 messages on their way. CPU of ingest beside that of a consumer that only acknowledges, and what was lost.
 * `node bench/mosquitto-questdb.ts [messages]`
 */
const messages = Number(process.argv[2] ?? 200_000)
const WINDOW = 2000

const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const port = await freePort()
const questdb = { url: `http://127.0.0.1:${port}`, user: USER, password: PASSWORD }
const server = await startQuestdb({ folder: path.join(folder, 'questdb'), port })
const authorities = await createTestAuthorities()
const credential = authorities.issue('service', 'svc.ingest')
const publisher = authorities.issue('device', 'publisher')
const stream = messageStream(messages, Date.now() - messages)

try {
  const bare = await run(undefined)
  const ours = await run({ questdb, stateFile: path.join(folder, 'state.db') })
  console.table({ 'acknowledges only': bare, 'ingest into QuestDB': ours })
  console.log(`missing: ${await missing()} of ${messages * METRICS.length} rows`)
} finally {
  await killQuestdb(server)
  await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 })
}

async function run(ingest: ConsumerTask['ingest']) {
  await using broker = await PlainMosquitto.start({
    binary: mosquittoBinary()!,
    authorities,
    port: await freePort(),
  })
  const child = fork(new URL('./mosquitto-questdb-consumer.ts', import.meta.url))
  child.send({ broker: broker.address, credential, messages, ingest } satisfies ConsumerTask)
  await once(child, 'message')
  const figures = once(child, 'message') as Promise<[ConsumerFigures]>
  await using device = await connect({ broker: broker.address, credential: publisher, clientId: 'publisher' })
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < messages) {
      const { topic, payload } = stream[next++]!
      await device.publish(topic, Buffer.from(payload).toString())
    }
  }
  await Promise.all(Array.from({ length: WINDOW }, lane))
  const [{ seconds, cpu, peak }] = await figures
  return {
    'messages/s': Math.round(messages / seconds),
    'CPU-s/1M': Number(((cpu / messages) * 1e6).toFixed(2)),
    'peak MiB': Math.round(peak),
  }
}

/** Rows of the stream that QuestDB does not hold; a row that is there twice would be counted as one less. */
async function missing(): Promise<number> {
  await using store = await openQuestdbTelemetry({ ...questdb, fleet: 'acme', retention: 1, readOnly: true })
  await store.stats() // waits until everything can be read
  await using direct = new QuestdbServer(questdb)
  const { dataset } = await direct.query('SELECT count() FROM acme_measurements')
  return messages * METRICS.length - Number(dataset[0]?.[0])
}
