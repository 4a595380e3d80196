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
 * The spool alone (appending and reading, in batches of 5000), and under ingest: a store that is away until everything
 * is acknowledged, then the embedded store until the spool is empty. 1000 devices, six numbers a message. `peak` is the
 * process's memory in MiB, the stream's own messages included.
 * `node bench/spool.ts [messages]`
 */
const messages = Number(process.argv[2] ?? 1_000_000)
const GIB = 1024 ** 3
const BATCH = 5000
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const start = Date.now() - messages
const stream = messageStream(messages, start)
const bytes = stream.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0)
let isAway = true

const spooled: readonly SpooledMessage[] = stream.map((message) => ({ ...message, moment: start * 1000 }))
console.table({
  'append, kill -9': await timed(() => append('plain', false)),
  'read and trim': await timed(() => readAll('plain')),
  'append, power loss': await timed(() => append('synced', true)),
})
console.table(await outage())
await rm(folder, { recursive: true })

async function timed(run: () => Promise<void>) {
  const figures = await measured(messages, run)
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  return { ...figures, 'MB/s': Math.round((figures['messages/s'] * bytes) / messages / 1e6), peak }
}

function open(name: string, sync: boolean): Promise<Spool> {
  return Spool.open({ folder: path.join(folder, name), bound: 8 * GIB, sync })
}

async function append(name: string, sync: boolean): Promise<void> {
  await using spool = await open(name, sync)
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
  const store: TelemetryStore = {
    ...sqlite,
    write: (batch) => (isAway ? Promise.reject(new Error('away')) : sqlite.write(batch)),
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
    onState: (change) => change.state === 'drained' && drained.resolve(),
  })
  const away = await timed(async () => {
    await ingest.start()
    await source.dry
  })
  isAway = false
  const back = await timed(() => drained.promise)
  if (ingest.stats().stored < messages * 6)
    throw new Error(`Only ${ingest.stats().stored} values are stored.`)
  return { 'store away': away, 'store back': back }
}
