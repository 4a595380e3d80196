import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCredential } from '../src/lib/fleet/credentials.ts'
import { type Connection, connect } from '../src/lib/mqtt/connection.ts'
import { mosquittoBinary } from '../test/support/mosquitto.ts'
import { FleetOnMosquitto } from './fleet-on-mosquitto.ts'
import { messageStream } from './message-stream.ts'
import { cpuSeconds, peakMiB } from './process-cost.ts'

/**
 * `flotilla tail --json` beside `mosquitto_sub -F %j`: one mosquitto with mTLS, one stream to both, each into a file of
 * its own. Then a tail whose reader takes nothing until the stream is over: what it shows and what it says it has not
 * shown must be what was sent. `node bench/tail.ts [messages]` after `npm run build`; Linux only.
 */
const messages = Number(process.argv[2] ?? 300_000)
const IDS = Array.from({ length: 20 }, (_, n) => `pump-${n}`)
/** Messages of each device between PUBLISH and PUBACK. */
const WINDOW = 100
/** Whoever has written nothing for so long has shown all that it will, in milliseconds. */
const QUIET = 2000
const FLOTILLA = path.resolve(import.meta.dirname, '../bin/run.js')

await using served = await FleetOnMosquitto.start()
const { fleet } = served
const inFleet = (...names: readonly string[]): string => path.join(fleet.folder, ...names)
await fleet.json('device', 'provision', 'warm-up', ...IDS)
await using warmUp = await device('warm-up')
const devices = await Promise.all(IDS.map(device))
const stream = messageStream(messages, Date.now() - messages, IDS.length)

const { theirs, ours } = await sideBySide()
console.table({ 'mosquitto_sub -F %j': theirs, 'flotilla tail --json': ours })
console.log(`tail: ${(ours['CPU-s/1M'] / theirs['CPU-s/1M']).toFixed(2)} × the CPU of mosquitto_sub`)
const { shown, missing } = await readLate()
console.log(`read late: ${shown} shown + ${missing} said to be missing = ${shown + missing} of ${messages}`)
for (const one of devices) await one.close()

interface Viewer {
  readonly child: ChildProcess
  readonly file: string
}

async function sideBySide() {
  const files = { sub: inFleet('sub.ndjson'), tail: inFleet('tail.ndjson') }
  const viewers: readonly [Viewer, Viewer] = [
    { child: mosquittoSub(files.sub), file: files.sub },
    { child: tail(openSync(files.tail, 'w')), file: files.tail },
  ]
  for (const { file } of viewers) await listening(async () => (await stat(file)).size > 0)
  const start = viewers.map(({ child }) => cpuSeconds(child.pid!))
  const from = Date.now()
  await publishAll()
  const until = Date.now()
  const [theirs, ours] = await Promise.all(
    viewers.map(async (viewer, index) => {
      const at = await lastWritten(viewer.file)
      const cpu = cpuSeconds(viewer.child.pid!) - start[index]!
      const peak = peakMiB(viewer.child.pid!)
      await end(viewer.child)
      return {
        ...(await count(createReadStream(viewer.file))),
        'messages/s': Math.round((messages / (at - from)) * 1000),
        'behind, ms': Math.max(0, Math.round(at - until)),
        'CPU-s/1M': Number(((cpu / messages) * 1e6).toFixed(2)),
        'peak MiB': Math.round(peak),
      }
    }),
  )
  return { theirs: theirs!, ours: ours! }
}

/** Nothing of what tail prints is read until all has been published and it has had time to take it. */
async function readLate(): Promise<Lines> {
  const child = tail('pipe')
  const out = child.stdout!
  await listening(async () => out.readableLength > 0)
  await publishAll()
  await sleep(QUIET)
  child.kill('SIGINT')
  return count(out)
}

function mosquittoSub(file: string): ChildProcess {
  const credential = inFleet('credentials', 'op.root')
  const [host, port] = ['localhost', String(fleet.staffPort)]
  const identity = ['ca', 'cert', 'key'].flatMap((name) => [
    name === 'ca' ? '--cafile' : `--${name}`,
    path.join(credential, name === 'cert' ? 'chain.pem' : `${name}.pem`),
  ])
  return spawn(
    path.join(path.dirname(mosquittoBinary()!), 'mosquitto_sub'),
    ['-h', host, '-p', port, ...identity, '-t', 'dt/acme/#', '-F', '%j'],
    { stdio: ['ignore', openSync(file, 'w'), 'inherit'] },
  )
}

function tail(out: number | 'pipe'): ChildProcess {
  const args = [FLOTILLA, 'tail', '--json', '--fleet', fleet.folder]
  return spawn(process.execPath, args, { stdio: ['ignore', out, 'inherit'] })
}

async function device(id: string): Promise<Connection> {
  const credential = await readCredential(inFleet('devices', id))
  return connect({ broker: { host: 'localhost', port: fleet.port }, credential, clientId: id })
}

/** Publishes from a device that is not counted until somebody shows it. */
async function listening(shows: () => Promise<boolean>): Promise<void> {
  while (!(await shows())) {
    await warmUp.publish('dt/acme/warm-up', '{"value":1}')
    await sleep(50)
  }
}

async function publishAll(): Promise<void> {
  await Promise.all(devices.map((_, index) => publishShare(index)))
}

async function publishShare(index: number): Promise<void> {
  let next = index
  const lane = async (): Promise<void> => {
    while (next < messages) {
      const { topic, payload } = stream[next]!
      next += IDS.length
      await devices[index]!.publish(topic, payload)
    }
  }
  await Promise.all(Array.from({ length: WINDOW }, lane))
}

/** When the file was written last, once nothing more comes; milliseconds since 1970. */
async function lastWritten(file: string): Promise<number> {
  for (;;) {
    const { mtimeMs } = await stat(file)
    if (Date.now() - mtimeMs > QUIET) return mtimeMs
    await sleep(100)
  }
}

interface Lines {
  readonly shown: number
  /** What the lines themselves say is not there. */
  readonly missing: number
}

async function count(lines: Readable): Promise<Lines> {
  let [shown, missing] = [0, 0]
  for await (const line of createInterface(lines)) {
    if (line.startsWith('{"missing":')) missing += (JSON.parse(line) as { missing: number }).missing
    else if (line.includes('"topic":"dt/acme/pump-')) shown++
  }
  return { shown, missing }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGINT')
  await once(child, 'exit')
}
