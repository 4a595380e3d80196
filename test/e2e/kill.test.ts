import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { DeviceAgent } from '../../src/lib/device/agent.ts'
import { readCredential } from '../../src/lib/fleet/credentials.ts'
import { openQuestdbTelemetry } from '../../src/lib/telemetry/questdb/store.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'
import { TestFleet } from '../support/fleet.ts'
import { freshFleet, questdbMissing, sharedQuestdb } from '../support/questdb.ts'
import { WitnessQueue } from '../support/witness.ts'

const KILLS = 4
const DEVICES = ['p1', 'p2', 'p3']

interface Kept {
  readonly missing?: boolean
  make(): Promise<TestFleet>
  open(fleet: TestFleet): Promise<TelemetryStore>
}

const STORES: Readonly<Record<string, Kept>> = {
  SQLite: {
    make: () => TestFleet.make(),
    open: ({ folder }) =>
      openSqliteTelemetry({ folder: path.join(folder, 'data', 'telemetry'), sync: 'normal', readOnly: true }),
  },
  QuestDB: {
    missing: questdbMissing(),
    make: async () => TestFleet.make({ name: freshFleet(), questdb: (await sharedQuestdb()).url }),
    open: async ({ name }) =>
      openQuestdbTelemetry({
        ...(await sharedQuestdb()),
        fleet: name,
        retention: 30 * 86_400_000,
        readOnly: true,
      }),
  },
}
const stores = Object.entries(STORES).filter(([, { missing = false }]) => !missing)

describe.each(stores)('kill -9 of up under load, storing in %s', (_, kept) => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await kept.make()
    await fleet.json('device', 'provision', ...DEVICES)
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  test('nothing that was acknowledged is lost, and nothing is stored twice', async () => {
    const agents: { readonly id: string; readonly agent: DeviceAgent; readonly queue: WitnessQueue }[] = []
    for (const id of DEVICES) {
      const queue = new WitnessQueue(100_000)
      const credential = await readCredential(path.join(fleet.folder, 'devices', id))
      const broker = { host: 'localhost', port: fleet.port }
      const backoff = { initial: 100, max: 300 }
      agents.push({
        id,
        queue,
        agent: new DeviceAgent({ id, fleet: fleet.name, broker, credential, queue, backoff }),
      })
    }
    const sent = await underFire(
      fleet,
      agents.map(({ agent }) => agent),
    )
    await using store = await kept.open(fleet)
    for (const { id, queue } of agents) {
      const [series] = await store.series({
        devices: [id],
        metrics: ['n'],
        from: 0,
        to: Number.MAX_SAFE_INTEGER,
      })
      const stored = series?.points.map(({ value }) => value) ?? []
      expect(queue.acknowledged.size).toBeGreaterThan(100)
      expect([...queue.acknowledged].filter((n) => !stored.includes(n))).toEqual([])
      expect(new Set(stored).size).toBe(stored.length)
      expect(stored.length).toBe(sent) // the devices kept what was not acknowledged
    }
  })
})

/** Devices report all the time while `up` is killed and started again; answers how many messages each has sent. */
async function underFire(fleet: TestFleet, agents: readonly DeviceAgent[]): Promise<number> {
  const start = Date.now()
  let n = 0
  const report = setInterval(() => {
    for (let burst = 0; burst < 5; burst++, n++) {
      for (const agent of agents) agent.report({ n }, start + n) // an event time of its own for each
    }
  }, 10)
  for (const agent of agents) agent.start()
  for (let kill = 0; kill < KILLS; kill++) {
    const up = await fleet.up()
    const before = agents[0]!.stats.acknowledged
    await poll(() => (agents[0]!.stats.acknowledged > before + 100 ? true : undefined), { within: 20_000 })
    await sleep(50 + Math.random() * 200)
    await up.stop('SIGKILL')
  }
  clearInterval(report)
  await using up = await fleet.up()
  await poll(() => (agents.every(({ stats }) => stats.acknowledged >= n) ? true : undefined), {
    within: 30_000,
  })
  await Promise.all(agents.map((agent) => agent.close()))
  await up.stop('SIGTERM')
  return n
}
