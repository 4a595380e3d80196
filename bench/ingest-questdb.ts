import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'
import { ArrivalClock, decodeInto } from '../src/lib/telemetry/decode.ts'
import { Ingest } from '../src/lib/telemetry/ingest.ts'
import type { Measurement } from '../src/lib/telemetry/measurement.ts'
import { Measurements } from '../src/lib/telemetry/measurements.ts'
import { LineBuffer } from '../src/lib/telemetry/questdb/line-buffer.ts'
import { LineEncoder } from '../src/lib/telemetry/questdb/line-protocol.ts'
import { tableNames } from '../src/lib/telemetry/questdb/names.ts'
import { openQuestdbTelemetry } from '../src/lib/telemetry/questdb/store.ts'
import { freePort } from '../test/support/free-port.ts'
import { killQuestdb, PASSWORD, startQuestdb, USER } from '../test/support/questdb.ts'
import { Firehose, METRICS, measured, messageStream } from './message-stream.ts'
import { cpuSeconds } from './process-cost.ts'

/**
 * Ingest into QuestDB on the same machine: 1000 devices, six numbers a message. CPU-seconds a million messages of this
 * process, and of the server beside it; then what the newest values of many series cost.
 * `node bench/ingest-questdb.ts [messages] [series]`
 */
const messages = Number(process.argv[2] ?? 300_000)
const many = Number(process.argv[3] ?? 1_000_000)

const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const port = await freePort()
const server = await startQuestdb({
  folder: path.join(folder, 'questdb'),
  port,
  settings: {
    QDB_CAIRO_WRITER_DATA_APPEND_PAGE_SIZE: '16M',
    QDB_CAIRO_WAL_WRITER_DATA_APPEND_PAGE_SIZE: '1M',
  },
})
const address = { url: `http://127.0.0.1:${port}`, user: USER, password: PASSWORD }
const open = (fleet: string) =>
  openQuestdbTelemetry({ ...address, fleet, retention: 30 * 86_400_000, readOnly: false })

const start = Date.now() - messages
const stream = messageStream(messages, start)
const context = { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() }
const rows = new Measurements(messages * METRICS.length)
for (const message of stream) {
  const decoded = decodeInto(rows, message, context)
  if ('rejected' in decoded) throw new Error(decoded.detail)
}

try {
  const before = cpuSeconds(server.pid!)
  const figures = {
    'encoding alone': await measured(messages, encode),
    'store alone': await measured(messages, () => writeAll('store', rows, 30_000)),
    'ingest, real state': await measured(messages, ingest),
  }
  console.table(figures)
  const perMillion = (cpuSeconds(server.pid!) - before) / ((2 * messages) / 1_000_000)
  console.log(`QuestDB itself: ${perMillion.toFixed(1)} CPU-s a million messages`)
  await readNewest()
} finally {
  await killQuestdb(server)
  await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 })
}

function encode(): void {
  const encoder = new LineEncoder(tableNames('acme'))
  const buffer = new LineBuffer()
  const series = encoder.seriesOf(rows)
  let length = 0
  for (let from = 0; from < rows.length; from += 12_500) {
    const to = Math.min(from + 12_500, rows.length)
    length += encoder.measurements(rows, series, { from, to }, buffer).length
  }
  if (length === 0) throw new Error('Nothing was encoded.')
}

async function writeAll(fleet: string, all: Measurements, batch: number): Promise<void> {
  await using store = await open(fleet)
  for (let from = 0; from < all.length; from += batch) {
    const some = new Measurements(batch)
    some.append(all, from, Math.min(from + batch, all.length))
    await store.write(some)
  }
}

async function ingest(): Promise<void> {
  await using state = await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true })
  await using store = await open('acme')
  const source = new Firehose(stream)
  await using running = new Ingest({ fleet: 'acme', store, retention: 86_400_000, sink: state, source })
  await running.start()
  await source.dry
  const { stored, deadLetters } = running.stats()
  if (stored !== messages * METRICS.length || deadLetters > 0) throw new Error('Something was lost.')
}

/** A fleet of `many` series with one value each of the last ten minutes, and a tenth of them of yesterday only. */
async function readNewest(): Promise<void> {
  const now = Date.now() * 1000
  const at = (n: number) => now - (n % 10 === 0 ? 86_400_000_000 : 0) - (n % 600) * 1_000_000
  const all = Array.from({ length: many }, (_, n): Measurement => {
    const metric = METRICS[n % METRICS.length]!
    return { device: `pump-${Math.floor(n / METRICS.length)}`, metric, at: at(n), value: n, text: undefined }
  })
  await writeAll('many', Measurements.of(all), 30_000)
  await using store = await open('many')
  await store.stats() // waits until all of it can be read
  for (const [what, query] of [
    [`newest of ${many} series`, {}],
    ['newest of one device', { devices: ['pump-77'] }],
    ['newest of a thousand devices', { devices: Array.from({ length: 1000 }, (_, n) => `pump-${n * 7}`) }],
  ] as const) {
    const from = performance.now()
    const { length } = await store.latest(query)
    console.log(`${what}: ${length} values, ${Math.round(performance.now() - from)} ms`)
  }
}
