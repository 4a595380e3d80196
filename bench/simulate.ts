import { setTimeout as sleep } from 'node:timers/promises'
import { poll } from '../src/lib/base/retry.ts'
import { TestFleet } from '../test/support/fleet.ts'
import type { Running } from '../test/support/program.ts'
import { FleetOnMosquitto } from './fleet-on-mosquitto.ts'
import { cpuSeconds, peakMiB } from './process-cost.ts'

/**
 * `flotilla simulate` with a certificate of its own for each device, all in one process: how much memory that takes, how
 * long until everybody is connected, and how long until everybody is back after the broker was away; on mosquitto and
 * on the embedded broker. Times are of the lines that simulate prints once a second. Bar: 10 000 devices, 1.5 GB.
 * `node bench/simulate.ts [devices] [mosquitto|embedded]` after `npm run build`; Linux only.
 */
const devices = Number(process.argv[2] ?? 10_000)
const kinds = process.argv[3] === undefined ? ['mosquitto', 'embedded'] : [process.argv[3]]
/** Each device reports once in ten seconds. */
const RATE = '0.1'
/** How long everybody stays connected, and how long the broker is away, in milliseconds. */
const CALM = 20_000
const AWAY = 5000
const WITHIN = 180_000

/** A broker that can be taken away. */
interface Restarted {
  readonly fleet: TestFleet
  pid(): number
  stop(): Promise<unknown>
  run(): Promise<unknown>
}

const figures: Record<string, Awaited<ReturnType<typeof measure>>> = {}
if (kinds.includes('mosquitto')) {
  await using served = await FleetOnMosquitto.start()
  figures['mosquitto'] = await measure({
    fleet: served.fleet,
    pid: () => served.pid,
    stop: () => served.stop(),
    run: () => served.run(),
  })
}
if (kinds.includes('embedded')) {
  await using fleet = await TestFleet.make()
  let up: Running = await fleet.up()
  figures['embedded'] = await measure({
    fleet,
    pid: () => up.child.pid!,
    stop: () => up.stop(),
    run: async () => (up = await fleet.up()),
  })
  await up.stop()
}
console.table(figures)

async function measure(broker: Restarted) {
  const { fleet } = broker
  const choice = ['--count', String(devices), '--prefix', 'pump'] as const
  await fleet.json('device', 'provision', ...choice)
  const from = performance.now()
  await using simulation = fleet.start('simulate', ...choice, '--rate', RATE)
  const pid = simulation.child.pid!
  const all = await everybody(simulation)
  const connecting = {
    s: (performance.now() - from) / 1000,
    cpu: cpuSeconds(pid),
    broker: cpuSeconds(broker.pid()),
  }
  await sleep(CALM)
  const calm = (cpuSeconds(pid) - connecting.cpu) / (CALM / 1000)
  await broker.stop()
  await sleep(AWAY)
  const start = cpuSeconds(pid)
  await broker.run()
  const back = performance.now()
  const again = await everybody(simulation)
  const storm = {
    s: (performance.now() - back) / 1000,
    cpu: cpuSeconds(pid) - start,
    broker: cpuSeconds(broker.pid()),
  }
  const row = {
    connected: all,
    'peak MiB': Math.round(peakMiB(pid)),
    'all in, s': round(connecting.s),
    'CPU-s': round(connecting.cpu),
    'broker CPU-s': round(connecting.broker),
    'calm, CPU': round(calm),
    back: again,
    'all back, s': round(storm.s),
    'storm CPU-s': round(storm.cpu),
    'storm broker CPU-s': round(storm.broker),
  }
  await simulation.stop('SIGINT')
  return row
}

/** Resolves with how many are connected: all of them, or those who are when the time is over. */
async function everybody(simulation: Running): Promise<number> {
  const all = () => (connectedIn(simulation) === devices ? devices : undefined)
  return (await poll(all, { within: WITHIN, every: 50 })) ?? connectedIn(simulation)
}

function connectedIn({ lines }: Running): number {
  const last = lines.findLast((line) => line.includes('"event":"stats"'))
  return last === undefined ? 0 : (JSON.parse(last) as { connected: number }).connected
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
