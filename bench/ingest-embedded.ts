import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'
import { ArrivalClock, decodeInto } from '../src/lib/telemetry/decode.ts'
import { Ingest } from '../src/lib/telemetry/ingest.ts'
import type { IngestSink } from '../src/lib/telemetry/ingest-sink.ts'
import { Measurements } from '../src/lib/telemetry/measurements.ts'
import { boundedWrite } from '../src/lib/telemetry/metric-bound.ts'
import type { Sync } from '../src/lib/telemetry/sqlite/database.ts'
import { openSqliteTelemetry } from '../src/lib/telemetry/sqlite/store.ts'
import { Firehose, METRICS, measured, messageStream } from './message-stream.ts'

/**
 * Ingest into the embedded store, in one process: 1000 devices, six numbers and an event time a message, 20 000
 * messages outstanding as with the durable consumer. CPU-seconds a million messages, beside what nobody can do
 * without: JSON.parse of the same payloads, and raw prepared inserts of the same rows into one table of the same shape.
 * `stall` is the longest that the event loop was held up, in milliseconds.
 * `node bench/ingest-embedded.ts [messages]`
 */
const messages = Number(process.argv[2] ?? 300_000)
const NOWHERE: IngestSink = { addDeadLetters: async () => {}, noteSeen: async () => {} }
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const start = Date.now() - messages

const stream = messageStream(messages, start)
const measure = (run: () => void | Promise<void>) => measured(messages, run)

const figures = {
  'JSON.parse alone': await measure(parseOnly),
  'decode alone': await measure(decodeOnly),
  'raw prepared inserts': await measure(rawInserts),
  'ingest, store alone': await measure(() => ingest('store', 'normal', NOWHERE)),
  'ingest, sync normal': await measure(() => ingestWithState('normal')),
  'ingest, sync full': await measure(() => ingestWithState('full')),
}
console.table(figures)
const { 'JSON.parse alone': parse, 'raw prepared inserts': raw, 'ingest, sync normal': whole } = figures
const least = parse['CPU-s/1M'] + raw['CPU-s/1M']
console.log(`decode: ${(figures['decode alone']['CPU-s/1M'] / parse['CPU-s/1M']).toFixed(2)} × JSON.parse`)
console.log(`ingest: ${(whole['CPU-s/1M'] / least).toFixed(2)} × (JSON.parse + raw inserts)`)
await rm(folder, { recursive: true })

function parseOnly(): void {
  let sum = 0
  for (const { payload } of stream) sum += (JSON.parse(payload.toString()) as { ts: number }).ts
  if (sum === 0) throw new Error('Nothing was parsed.')
}

function decodeOnly(): void {
  const context = { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() }
  const rows = new Measurements()
  for (const message of stream) {
    rows.cut(0)
    if ('rejected' in decodeInto(rows, message, context)) throw new Error('A message was rejected.')
  }
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

async function ingestWithState(sync: Sync): Promise<void> {
  await using state = await openSqliteState({ stateFile: path.join(folder, `${sync}.db`), migrate: true })
  await ingest(sync, sync, state)
}

async function ingest(name: string, sync: Sync, sink: IngestSink): Promise<void> {
  await using store = await openSqliteTelemetry({ folder: path.join(folder, name), sync, readOnly: false })
  const source = new Firehose(stream)
  const bounded = { ...store, write: boundedWrite(store, 1000) } // as up and serve open it
  await using running = new Ingest({ fleet: 'acme', store: bounded, retention: 86_400_000, sink, source })
  await running.start()
  await source.dry
}
