import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { clearInterval, setInterval } from 'node:timers'
import { poll } from '../src/lib/base/retry.ts'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'
import { EmbeddedSource } from '../src/lib/service/embedded-source.ts'
import { Ingest } from '../src/lib/telemetry/ingest.ts'
import { QuestdbServer } from '../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../src/lib/telemetry/questdb/store.ts'
import { freePort } from '../test/support/free-port.ts'
import { killQuestdb, PASSWORD, startQuestdb, USER } from '../test/support/questdb.ts'

/**
 * QuestDB's disk runs full under load, room is made, its tables are resumed: what is missing? The disk is one in
 * memory, so this needs Linux and root. `node bench/questdb-full.ts`
 */
const DEVICES = Array.from({ length: 10 }, (_, n) => `p${n}`)
const PADDING = 'x'.repeat(200)

const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const disk = await mkdtemp(path.join(tmpdir(), 'flotilla-disk-'))
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=250m', 'tmpfs', disk])
const port = await freePort()
const address = { url: `http://127.0.0.1:${port}`, user: USER, password: PASSWORD, timeout: 5000 }
const server = await startQuestdb({ folder: path.join(disk, 'questdb'), port })
try {
  await run()
} finally {
  await killQuestdb(server)
  execFileSync('umount', [disk])
  for (const one of [folder, disk]) await rm(one, { recursive: true })
}

async function run(): Promise<void> {
  await using state = await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true })
  await using store = await openQuestdbTelemetry({
    ...address,
    fleet: 'full',
    retention: 30 * 86_400_000,
    readOnly: false,
  })
  const source = new EmbeddedSource()
  await using ingest = new Ingest({
    fleet: 'full',
    source,
    store,
    sink: state,
    retention: 86_400_000,
    backoff: { initial: 200, max: 1000 },
    onState: (change) => console.log(JSON.stringify(change)),
  })
  await ingest.start()
  const offered = await offerUntilFull(source, ingest)
  execFileSync('mount', ['-o', 'remount,size=900m', disk])
  await resume()
  await Promise.all(offered)
  const series = await store.series({
    devices: DEVICES,
    metrics: ['n'],
    from: 0,
    to: Number.MAX_SAFE_INTEGER,
  })
  const stored = series.flatMap(({ points }) => points.map(({ value }) => value))
  const missing = offered.length - new Set(stored).size
  console.log(`offered ${offered.length}, missing ${missing}, twice ${stored.length - new Set(stored).size}`)
}

/** As fast as is acknowledged, with 20 000 on their way. */
async function offerUntilFull(source: EmbeddedSource, ingest: Ingest): Promise<readonly Promise<void>[]> {
  const start = Date.now() - 3_600_000
  const offered: Promise<void>[] = []
  const offer = (n: number): Promise<void> => {
    const payload = Buffer.from(JSON.stringify({ ts: start + n, n, text: PADDING + n }))
    return source.offer({ topic: `dt/full/p${n % DEVICES.length}`, payload, arrivedAt: Date.now() })
  }
  const timer = setInterval(() => {
    if (offered.length - ingest.stats().acknowledged > 20_000) return
    for (let burst = 0; burst < 400; burst++) offered.push(offer(offered.length))
  }, 10)
  await poll(() => ingest.stats().storeFailing?.includes('no room') || undefined, { within: 60_000 })
  clearInterval(timer)
  return offered
}

async function resume(): Promise<void> {
  await using direct = new QuestdbServer(address)
  const { dataset } = await direct.query('SELECT name FROM wal_tables() WHERE suspended')
  for (const [name] of dataset) {
    const kind = String(name).endsWith('_5m') ? 'MATERIALIZED VIEW' : 'TABLE'
    await direct.query(`ALTER ${kind} ${String(name)} RESUME WAL`)
  }
}
