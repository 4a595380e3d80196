import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { poll } from '../src/lib/base/retry.ts'
import { runningMosquitto } from '../src/lib/broker/mosquitto/running.ts'
import { DeviceAgent } from '../src/lib/device/agent.ts'
import { readCredential } from '../src/lib/fleet/credentials.ts'
import { QuestdbServer } from '../src/lib/telemetry/questdb/server.ts'
import { TestFleet } from '../test/support/fleet.ts'
import { freePort } from '../test/support/free-port.ts'
import { mosquittoBinary } from '../test/support/mosquitto.ts'
import type { Running } from '../test/support/program.ts'
import { killQuestdb, PASSWORD, startQuestdb, USER } from '../test/support/questdb.ts'
import { WitnessQueue } from '../test/support/witness.ts'

/**
 * A fleet under fire for as long as one likes: `flotilla up` on mosquitto and QuestDB, ten devices that report all the
 * time, and every few seconds something is killed, hung, stopped or away. In the end: is everything that was
 * acknowledged stored, and once? One message in a thousand is poison, and has to be a dead letter.
 * `node bench/soak.ts [minutes] [seconds that the store is away at most]`, after `npm run build`
 */
const minutes = Number(process.argv[2] ?? 10)
const longest = Number(process.argv[3] ?? 120)
const DEVICES = Array.from({ length: 10 }, (_, n) => `p${n}`)
const POISON = 1000
const DECADE = 3.2e11

process.env['FLOTILLA_MOSQUITTO'] ??= mosquittoBinary() ?? ''
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-soak-'))
const place = { folder: path.join(folder, 'questdb'), port: await freePort() }
const url = `http://127.0.0.1:${place.port}`
let server = await startQuestdb(place)
await using fleet = await TestFleet.make({ broker: 'mosquitto', questdb: url })
await fleet.json('device', 'provision', ...DEVICES)
let up: Running = await fleet.up()

const FAULTS: Readonly<Record<string, () => Promise<void>>> = {
  'kill -9 of up': async () => {
    await up.stop('SIGKILL')
    up = await fleet.up()
  },
  'stop of up, and of its broker': async () => {
    await up.stop('SIGTERM')
    up = await fleet.up()
  },
  'kill -9 of mosquitto': async () =>
    void process.kill((await runningMosquitto(path.join(fleet.folder, 'data', 'mosquitto')))!, 'SIGKILL'),
  'kill -9 of QuestDB': async () => {
    await killQuestdb(server)
    server = await startQuestdb(place)
  },
  'QuestDB hangs': async () => {
    server.kill('SIGSTOP')
    await sleep(Math.random() * 45_000)
    server.kill('SIGCONT')
  },
  'QuestDB is away, up is killed meanwhile': async () => {
    await killQuestdb(server)
    await sleep(Math.random() * longest * 500)
    await up.stop('SIGKILL')
    up = await fleet.up()
    await sleep(Math.random() * longest * 500)
    server = await startQuestdb(place)
  },
}

const start = Date.now()
const agents = await Promise.all(DEVICES.map(deviceOf))
let n = 0
const reporting = setInterval(() => {
  for (let burst = 0; burst < 3; burst++, n++)
    for (const { agent } of agents) agent.report({ n }, n % POISON === 0 ? start + DECADE : start + n) // the clock of a poison message is wrong
}, 20)
for (const { agent } of agents) agent.start()

const counts: Record<string, number> = {}
try {
  const names = Object.keys(FAULTS)
  for (let round = 0; performance.now() < minutes * 60_000; round++) {
    const name = names[round % names.length]!
    console.log(`${Math.round(performance.now() / 1000)} s  ${name}; ${n * DEVICES.length} messages so far`)
    await FAULTS[name]!()
    counts[name] = (counts[name] ?? 0) + 1
    await sleep(2000 + Math.random() * 5000)
  }
  clearInterval(reporting)
  await poll(() => (agents.every(({ agent }) => agent.stats.acknowledged >= n) ? true : undefined), {
    within: 300_000,
  })
  await Promise.all(agents.map(({ agent }) => agent.close()))
  console.table(counts)
  await judge()
} finally {
  clearInterval(reporting)
  await up.stop('SIGKILL')
  await killQuestdb(server)
  await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 })
}

async function deviceOf(id: string) {
  const queue = new WitnessQueue(1_000_000)
  const credential = await readCredential(path.join(fleet.folder, 'devices', id))
  const broker = { host: 'localhost', port: fleet.port }
  const backoff = { initial: 100, max: 1000 }
  return {
    id,
    queue,
    agent: new DeviceAgent({ id, fleet: fleet.name, broker, credential, queue, backoff }),
  }
}

/** Everything is in the store, or on its way there: waits until nothing comes any more. */
async function judge(): Promise<void> {
  await using direct = new QuestdbServer({ url, user: USER, password: PASSWORD })
  const all = n * DEVICES.length
  const poison = Math.ceil(n / POISON) * DEVICES.length
  const table = `${fleet.name}_measurements`
  const rows = async () =>
    Number((await direct.query(`SELECT count() FROM ${table} WHERE metric = 'n'`)).dataset[0]?.[0])
  await poll(async () => ((await rows()) >= all - poison ? true : undefined), {
    within: 300_000,
    every: 1000,
  })
  let lost = 0
  let twice = 0
  for (const { id, queue } of agents) {
    const query = `SELECT value FROM ${table} WHERE device = '${id}' AND metric = 'n'`
    const stored = (await direct.query(query)).dataset.map(([value]) => Number(value))
    const held = new Set(stored)
    twice += stored.length - held.size
    for (const one of queue.acknowledged) if (one % POISON !== 0 && !held.has(one)) lost++
  }
  const letters = await fleet.json<{ total: number }>('telemetry', 'deadletters', 'list', '--limit', '1')
  console.table({
    'messages sent': all,
    acknowledged: agents.reduce((sum, { queue }) => sum + queue.acknowledged.size, 0),
    'acknowledged and lost': lost,
    'stored twice': twice,
    poison,
    'dead letters': letters.total,
  })
}
