import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ArrivalClock, decode } from '../src/lib/telemetry/decode.ts'
import { Ingest } from '../src/lib/telemetry/ingest.ts'
import type { IncomingMessage } from '../src/lib/telemetry/source.ts'
import { openSqliteTelemetry } from '../src/lib/telemetry/sqlite/store.ts'

/**
 * Ingest into the embedded store, in one process: 1000 devices, six numbers and an event time a message, 20 000
 * messages outstanding as with the durable consumer. CPU-seconds a million messages, beside what nobody can do
 * without: JSON.parse of the same payloads, and raw prepared inserts of the same rows into one table of the same shape.
 * `node bench/ingest-embedded.ts [messages]`
 */
const messages = Number(process.argv[2] ?? 300_000)
const METRICS = ['flow', 'pressure', 'temperature', 'rpm', 'vibration', 'power']
const OUTSTANDING = 20_000
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const start = Date.now() - messages

const stream = Array.from({ length: messages }, (_, n) => {
  const values = METRICS.map(
    (metric, index) => `"${metric}":${(20 + ((n * 7 + index) % 1000) / 31).toFixed(3)}`,
  )
  const payload = Buffer.from(`{"ts":${start + n},${values.join(',')}}`)
  return { topic: `dt/acme/pump-${n % 1000}`, payload, arrivedAt: Date.now() }
})

const figures = {
  'JSON.parse alone': await measured(parseOnly),
  'decode alone': await measured(decodeOnly),
  'raw prepared inserts': await measured(rawInserts),
  'ingest, sync normal': await measured(() => ingest('normal')),
  'ingest, sync full': await measured(() => ingest('full')),
}
console.table(figures)
const { 'JSON.parse alone': parse, 'raw prepared inserts': raw, 'ingest, sync normal': whole } = figures
const least = parse['CPU-s/1M'] + raw['CPU-s/1M']
console.log(`decode: ${(figures['decode alone']['CPU-s/1M'] / parse['CPU-s/1M']).toFixed(2)} × JSON.parse`)
console.log(`ingest: ${(whole['CPU-s/1M'] / least).toFixed(2)} × (JSON.parse + raw inserts)`)
await rm(folder, { recursive: true })

async function measured(run: () => void | Promise<void>) {
  const [cpu, from] = [process.cpuUsage(), performance.now()]
  await run()
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return {
    'messages/s': Math.round(messages / seconds),
    'rows/s': Math.round((messages * METRICS.length) / seconds),
    'CPU-s/1M': Number(((user + system) / messages).toFixed(2)),
  }
}

function parseOnly(): void {
  let sum = 0
  for (const { payload } of stream) sum += (JSON.parse(payload.toString()) as { ts: number }).ts
  if (sum === 0) throw new Error('Nothing was parsed.')
}

function decodeOnly(): void {
  const context = { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() }
  for (const message of stream)
    if ('rejected' in decode(message, context)) throw new Error('A message was rejected.')
}

/** One row a call, 5000 rows a transaction. */
function rawInserts(): void {
  using database = new DatabaseSync(path.join(folder, 'raw.db'))
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE samples (at INTEGER, series INTEGER, value REAL, text TEXT, PRIMARY KEY (at, series)) STRICT, WITHOUT ROWID`)
  const insert = database.prepare('INSERT INTO samples VALUES (?, ?, ?, ?)')
  let rows = 0
  database.exec('BEGIN')
  for (let n = 0; n < messages; n++) {
    for (let index = 0; index < METRICS.length; index++) {
      insert.run(
        (start + n) * 1000,
        (n % 1000) * METRICS.length + index,
        20 + ((n * 7 + index) % 1000) / 31,
        null,
      )
      if (++rows % 5000 === 0) database.exec('COMMIT; BEGIN')
    }
  }
  database.exec('COMMIT')
}

async function ingest(sync: 'normal' | 'full'): Promise<void> {
  await using store = await openSqliteTelemetry({ folder: path.join(folder, sync), sync, readOnly: false })
  const done = Promise.withResolvers<void>()
  let receive: (messages: readonly IncomingMessage[]) => void = () => {}
  let [sent, acknowledged] = [0, 0]
  const acknowledge = (): void => {
    if (++acknowledged === messages) done.resolve()
    else if (acknowledged % 1000 === 0) setImmediate(pour)
  }
  const pour = (): void => {
    const room = Math.min(OUTSTANDING - (sent - acknowledged), messages - sent)
    if (room > 0) receive(stream.slice(sent, (sent += room)).map((message) => ({ ...message, acknowledge })))
  }
  await using _ = new Ingest({
    fleet: 'acme',
    store,
    retention: 86_400_000,
    sink: { addDeadLetters: async () => {}, noteSeen: async () => {} },
    source: {
      start: async (to) => void (receive = to),
      async [Symbol.asyncDispose]() {},
    },
  })
  await _.start()
  pour()
  await done.promise
}
