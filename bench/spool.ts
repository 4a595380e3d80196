import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'
import { Ingest } from '../src/lib/telemetry/ingest.ts'
import type { SpooledMessage } from '../src/lib/telemetry/spool/record.ts'
import { Spool } from '../src/lib/telemetry/spool/spool.ts'
import { openSqliteTelemetry } from '../src/lib/telemetry/sqlite/store.ts'
import type { TelemetryStore } from '../src/lib/telemetry/store.ts'
import { Firehose, measured, messageStream } from './message-stream.ts'

/**
 * The spool alone (appending and reading, in batches of 5000, the same messages `times` times), and under ingest: a
 * store that is away until half of the messages are acknowledged, then the embedded store while the other half comes
 * as fast as it is taken, and until the spool is empty. 1000 devices, six numbers a message. `peak` is the most memory
 * that the process had until then, in MiB, the stream's own messages included; `most` what waited in the spool at most.
 * `node bench/spool.ts [messages] [times]`
 */
const messages = Number(process.argv[2] ?? 300_000)
const times = Number(process.argv[3] ?? 1)
const BOUND = 64 * 1024 ** 3
const BATCH = 5000
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const start = Date.now() - messages
const stream = messageStream(messages, start)
const bytes = stream.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0)

const spooled: readonly SpooledMessage[] = stream.map((message) => ({ ...message, moment: start * 1000 }))
console.log(`before: ${peak()} MiB`)
console.table({
  'append, kill -9': await timed(() => append('plain', false)),
  'read and trim': await timed(() => readAll('plain')),
  'append, power loss': await timed(() => append('synced', true)),
})
const { most, ...phases } = await outage()
console.table(phases)
console.log(`most: ${most} messages in the spool`)
await rm(folder, { recursive: true })

function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024)
}

async function timed(run: () => Promise<void>, count = messages * times) {
  const figures = await measured(count, run)
  return { ...figures, 'MB/s': Math.round((figures['messages/s'] * bytes) / messages / 1e6), peak: peak() }
}

function open(name: string, sync: boolean): Promise<Spool> {
  return Spool.open({ folder: path.join(folder, name), bound: BOUND, sync })
}

async function append(name: string, sync: boolean): Promise<void> {
  await using spool = await open(name, sync)
  for (let time = 0; time < times; time++)
    for (let from = 0; from < messages; from += BATCH) {
      const batch = spooled.slice(from, from + BATCH)
      if ((await spool.append(batch)) < batch.length) throw new Error(`Not taken: ${spool.stats().full}`)
    }
}

async function readAll(name: string): Promise<void> {
  await using spool = await open(name, false)
  while ((await spool.read(BATCH)).length > 0) await spool.trim()
}

async function outage() {
  await using spool = await open('outage', false)
  await using sqlite = await openSqliteTelemetry({
    folder: path.join(folder, 'telemetry'),
    sync: 'normal',
    readOnly: false,
  })
  const back = Promise.withResolvers<void>()
  let isAway = true
  const store: TelemetryStore = {
    ...sqlite,
    async write(batch) {
      if (isAway) throw new Error('away')
      await sqlite.write(batch)
    },
  }
  await using state = await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true })
  const source = new Firehose(stream)
  const drained = Promise.withResolvers<void>()
  await using ingest = new Ingest({
    fleet: 'acme',
    store,
    sink: state,
    source,
    spool,
    retention: 86_400_000,
    backoff: { initial: 20, max: 100 }, // it is to notice while there is still something to come
    onState: (change) => change.state === 'drained' && drained.resolve(),
  })
  let most = 0
  const look = setInterval(() => {
    const { acknowledged, spool: kept } = ingest.stats()
    most = Math.max(most, kept!.messages)
    if (acknowledged < messages / 2) return
    isAway = false
    back.resolve()
  }, 5)
  const away = await timed(async () => {
    await ingest.start()
    await back.promise
  }, messages / 2)
  const draining = await timed(async () => {
    await Promise.all([drained.promise, source.dry])
  }, messages)
  clearInterval(look)
  if (ingest.stats().stored < messages * 6)
    throw new Error(`Only ${ingest.stats().stored} values are stored.`)
  return { 'store away, half of them': away, 'store back, all of them': draining, most }
}
