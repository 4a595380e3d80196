import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { DeviceAgent } from '../../src/lib/device/agent.ts'
import { connect } from '../../src/lib/mqtt/connection.ts'
import type { ConsumedMessage } from '../../src/lib/mqtt/consumer-session.ts'
import { DurableConsumer } from '../../src/lib/mqtt/durable-consumer.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { mosquittoBinary, mosquittoMissing } from '../support/mosquitto.ts'
import { PlainMosquitto } from '../support/plain-mosquitto.ts'

describe.skipIf(mosquittoMissing())('with mosquitto', () => {
  let authorities: TestAuthorities
  let broker: PlainMosquitto

  beforeAll(async () => {
    authorities = await createTestAuthorities()
    broker = await PlainMosquitto.start({ binary: mosquittoBinary()!, authorities, port: await freePort() })
  })
  afterAll(() => broker?.[Symbol.asyncDispose]())

  const backoff = { initial: 50, max: 200 }
  const agentOf = (id: string): DeviceAgent => {
    const credential = authorities.issue('device', id)
    return new DeviceAgent({ id, fleet: 'acme', broker: broker.address, credential, backoff })
  }
  const consumerOf = (clientId: string): DurableConsumer => {
    const credential = authorities.issue('service', 'svc.ingest')
    const filters = ['dt/acme/+/#', '$aws/rules/+/dt/acme/+/#']
    return new DurableConsumer({ broker: broker.address, credential, clientId, filters, backoff })
  }

  test('from device to consumer over MQTT 5, broker restart and cut included, nothing is lost', async () => {
    const seen = new Set<number>()
    const held: ConsumedMessage[] = []
    await using consumer = consumerOf('svc.ingest')
    await consumer.start((messages) => {
      for (const { payload } of messages) seen.add(JSON.parse(Buffer.from(payload).toString()).n)
      held.push(...messages)
    })
    expect(consumer.stats().protocol).toBe(5)
    const agent = agentOf('p1')
    agent.start()
    const count = 2000
    for (let n = 0; n < 400; n++) agent.report({ n })
    await until('some', () => held.length > 100)
    for (const one of held.splice(0, 50)) one.acknowledge()
    await broker.stop()
    for (let n = 400; n < 900; n++) agent.report({ n })
    await broker.run()
    await until('back', () => agent.stats.online && consumer.stats().connected)
    for (let n = 900; n < count; n++) {
      agent.report({ n })
      if (n % 100 === 0) await until('room', () => n - agent.stats.acknowledged < 500)
      for (const one of held.splice(0)) one.acknowledge()
    }
    await until('all sent', () => agent.stats.acknowledged === count)
    await until('all seen', () => seen.size === count)
    for (const one of held.splice(0)) one.acknowledge()
    await until('all acknowledged', () => {
      for (const one of held.splice(0)) one.acknowledge()
      return consumer.stats().outstanding === 0
    })
    expect(agent.stats.dropped).toBe(0)
    await agent.close()
  })

  test('what waits while nobody consumes is kept, and only what was acknowledged is forgotten', async () => {
    const first = consumerOf('svc.later')
    const held: ConsumedMessage[] = []
    await first.start((messages) => held.push(...messages))
    const agent = agentOf('p2')
    agent.start()
    for (let n = 0; n < 10; n++) agent.report({ n })
    await until('ten', () => held.length === 10)
    for (const one of held.slice(0, 4)) one.acknowledge()
    await first[Symbol.asyncDispose]()
    for (let n = 10; n < 20; n++) agent.report({ n })
    await agent.close()
    const numbers: number[] = []
    await using next = consumerOf('svc.later')
    await next.start((messages) => {
      for (const { payload } of messages) numbers.push(JSON.parse(Buffer.from(payload).toString()).n)
    })
    await until('sixteen', () => numbers.length >= 16)
    expect(numbers).toEqual(Array.from({ length: 16 }, (_, index) => index + 4))
    expect(next.stats().redelivered).toBe(6)
  })

  test('refuses a certificate from elsewhere, and one that has expired, in words', async () => {
    const good = authorities.issue('operator', 'op.alice')
    const { key, chain } = (await createTestAuthorities('other')).issue('operator', 'op.alice')
    const foreign = connect({ broker: broker.address, credential: { ...good, key, chain }, clientId: 'x' })
    await expect(foreign).rejects.toMatchObject({ code: 'BROKER_REFUSED', layer: 'certificate' })
    const day = 86_400_000
    const credential = authorities.issue('operator', 'op.late', {
      notBefore: Date.now() - 2 * day,
      notAfter: Date.now() - day,
    })
    const late = connect({ broker: broker.address, credential, clientId: 'x' })
    await expect(late).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      message: expect.stringMatching(/expired/),
    })
  })
})

async function until(what: string, done: () => boolean): Promise<void> {
  if ((await poll(() => done() || undefined, { within: 15_000, every: 5 })) !== true)
    throw new Error(`never: ${what}`)
}
