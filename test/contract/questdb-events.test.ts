import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeviceEvent, EventStore } from '../../src/lib/telemetry/events.ts'
import { openQuestdbEvents } from '../../src/lib/telemetry/questdb/events.ts'
import { QuestdbServer } from '../../src/lib/telemetry/questdb/server.ts'
import { settle } from '../../src/lib/telemetry/questdb/visibility.ts'
import { freshFleet, questdbMissing, sharedQuestdb } from '../support/questdb.ts'

const DAY = 86_400_000
const NOW = Date.now() * 1000

function event(seq: number, more: Partial<DeviceEvent> = {}): DeviceEvent {
  return { at: NOW, device: 'pump-1', kind: 'connected', seq, body: {}, ...more }
}

describe.skipIf(questdbMissing())('events in QuestDB', () => {
  let fleet: string
  let server: QuestdbServer
  let store: EventStore
  beforeEach(async () => {
    fleet = freshFleet()
    const address = await sharedQuestdb()
    server = new QuestdbServer(address)
    store = openQuestdbEvents({ ...address, fleet, retention: 90 * DAY })
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  async function rows(): Promise<readonly unknown[]> {
    await settle(server, [`${fleet}_events`])
    const select = `SELECT ts::long, device, kind, seq, body FROM ${fleet}_events ORDER BY ts, seq`
    return (await server.query(select)).dataset
  }

  test('are kept as they are, and written again they are the same rows', async () => {
    const events = [
      event(0),
      event(1, { kind: 'disconnected', body: { reason: 'it said: "später", a=1,b\\2\n' } }),
      event(2, { device: undefined, kind: 'gap', body: { lost: 7 } }),
      event(2, { at: NOW + 1 }),
    ]
    await store.write(events)
    await store.write(events)
    expect(await rows()).toEqual([
      [NOW, 'pump-1', 'connected', 0, null],
      [NOW, 'pump-1', 'disconnected', 1, JSON.stringify({ reason: 'it said: "später", a=1,b\\2\n' })],
      [NOW, null, 'gap', 2, '{"lost":7}'],
      [NOW + 1, 'pump-1', 'connected', 2, null],
    ])
  })

  test('two of one moment are two, and the newest of a kind is known', async () => {
    await store.write([event(1), event(2), event(9, { kind: 'blocked' }), event(4, { kind: 'revoked' })])
    expect(await rows()).toHaveLength(4)
    expect(await store.newest(['blocked', 'revoked'])).toBe(9)
    expect(await store.newest(['retired'])).toBeUndefined()
  })

  test('ten thousand are written at once', async () => {
    await store.write(Array.from({ length: 10_000 }, (_, seq) => event(seq)))
    expect(await rows()).toHaveLength(10_000)
  })

  test('a table that vanishes is made anew', async () => {
    await store.write([event(0)])
    await server.query(`DROP TABLE ${fleet}_events`)
    await store.write([event(1)])
    expect(await rows()).toHaveLength(1)
  })
})

test('a store that is away is told within the deadline, and settles', async () => {
  await using store = openQuestdbEvents({
    url: 'http://127.0.0.1:9',
    user: 'u',
    password: 'p',
    fleet: 'acme',
    retention: DAY,
  })
  await expect(store.check()).rejects.toMatchObject({ code: 'STORE_DOWN' })
  await expect(store.write([event(0)])).rejects.toMatchObject({ code: 'STORE_DOWN' })
})
