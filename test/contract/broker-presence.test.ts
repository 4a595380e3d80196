import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import type { Connection } from '../../src/lib/mqtt/connection.ts'
import { BROKER_DRIVERS, type BrokerUnderTest, Inbox, startBroker } from '../support/broker-under-test.ts'

/** What presence says of a device that is put out, on every broker of flotilla. */
describe.each(BROKER_DRIVERS.filter(({ skip }) => !skip))('presence on the $name broker', (driver) => {
  let broker: BrokerUnderTest
  let operator: Connection
  const seen = new Inbox()
  let number = 0
  const fresh = (): string => `pump-${++number}`

  beforeAll(async () => {
    broker = await startBroker(driver)
    operator = await broker.staff('op.alice')
    await operator.subscribe(['presence/acme/+'], seen.receive)
  })
  afterAll(async () => {
    await operator.close()
    await broker[Symbol.asyncDispose]()
  })

  /** What somebody finds who subscribes only now. */
  const found = async (topic: string): Promise<string | undefined> => {
    await using watcher = await broker.staff('op.bob')
    const inbox = new Inbox()
    await watcher.subscribe([topic], inbox.receive)
    await poll(() => inbox.texts.length > 0 || undefined, { within: 2000, every: 10 })
    return inbox.texts[0]
  }

  test.each(['blocked', 'revoked'] as const)(
    '%s: who listens to its presence learns it, and who comes later finds it offline',
    async (reason) => {
      const id = fresh()
      const topic = `presence/acme/${id}`
      const credential = broker.authorities.issue('device', id)
      const will = { topic, payload: '{"state":"offline"}', qos: 1, retain: true } as const
      await using live = await broker.device(id, { credential, will })
      await live.publish(topic, `${id} is here`, { retain: true })
      await seen.expect(`${id} is here`)
      await broker.admit(reason === 'blocked' ? { barred: [id] } : { revoked: [credential] })
      await live.closed
      expect(JSON.parse((await found(topic)) ?? '')).toMatchObject({
        state: 'offline',
        // On mosquitto the will of a revoked device, which is not blocked, passes and comes last.
        ...(reason === 'blocked' && { reason }),
      })
      const heard = seen.texts.filter((_, index) => seen.topics[index] === topic)
      expect(heard.some((text) => text.includes(`"reason":"${reason}"`))).toBe(true)

      await broker.admit({})
      await using again = await broker.device(id)
      await again.publish(topic, `${id} is back`, { retain: true })
      expect(await found(topic)).toBe(`${id} is back`)
    },
  )

  test('nobody but svc.broker may say of a device that it is offline', async () => {
    const id = fresh()
    const topic = `presence/acme/${id}`
    await using device = await broker.device(id)
    await device.publish(topic, `${id} is here`, { retain: true })
    await using ingest = await broker.staff('svc.ingest')
    for (const other of [operator, ingest]) await other.publish(topic, `${id} is away`, { retain: true })
    await device.publish(topic, `${id} is still here`, { retain: true })
    await seen.expect(`${id} is still here`)
    expect(await found(topic)).toBe(`${id} is still here`)
    expect(seen.texts).not.toContain(`${id} is away`)
  })
})
