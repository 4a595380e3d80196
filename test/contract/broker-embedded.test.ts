import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { generate, type Packet } from 'mqtt-packet'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import type { BrokerEvent, ClientIdRule, ServedBroker } from '../../src/lib/broker/broker.ts'
import type { TelemetryMessage } from '../../src/lib/broker/embedded/hooks.ts'
import { startEmbeddedBroker } from '../../src/lib/broker/embedded.ts'
import { connect } from '../../src/lib/mqtt/connection.ts'
import { Inbox } from '../support/broker-under-test.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { connectPacket, publishPacket, RawClient } from '../support/raw-client.ts'

interface Offered extends TelemetryMessage {
  readonly text: string
  readonly store: () => void
  readonly fail: () => void
}

/** What only the broker in this process promises: its hook to ingest, and that no client can hurt it. */
describe('the embedded broker', () => {
  let authorities: TestAuthorities
  let broker: ServedBroker
  let offered: Offered[]
  let events: BrokerEvent[]

  beforeAll(async () => {
    authorities = await createTestAuthorities()
  })
  const start = async (clientId: ClientIdRule = 'cn', port = 0): Promise<ServedBroker> =>
    startEmbeddedBroker({
      ...{ fleet: 'acme', bind: '127.0.0.1', port, staffPort: 0, clientId },
      admission: { trust: authorities.trust(), barred: [] },
      onTelemetry: (message) =>
        new Promise((resolve, reject) =>
          offered.push({
            ...message,
            text: Buffer.from(message.payload).toString(),
            store: resolve,
            fail: () => reject(new Error('the store said no')),
          }),
        ),
      onEvent: (event) => events.push(event),
    })
  beforeEach(async () => {
    offered = []
    events = []
    broker = await start()
  })
  afterEach(() => broker[Symbol.asyncDispose]())

  const device = (id: string): Promise<RawClient> =>
    RawClient.connected(broker.port, authorities.issue('device', id), id)
  const operator = async (inbox: Inbox, filters: readonly string[]) => {
    const credential = authorities.issue('operator', 'op.alice')
    const address = { host: '127.0.0.1', port: broker.staffPort }
    const connection = await connect({ broker: address, credential, clientId: 'op.alice' })
    await connection.subscribe(filters, inbox.receive)
    return connection
  }
  const refusals = () => events.filter((event) => event.event === 'refused')

  describe('telemetry', () => {
    test('is acknowledged when it is stored, in the order in which it came', async () => {
      await using client = await device('p1')
      client.send(publishPacket('dt/acme/p1', 'a', 7), publishPacket('$aws/rules/r/dt/acme/p1', 'b', 8))
      await until(() => offered.length === 2)
      expect(offered.map(({ topic, text }) => [topic, text])).toEqual([
        ['dt/acme/p1', 'a'],
        ['$aws/rules/r/dt/acme/p1', 'b'],
      ])
      offered[1]!.store()
      await sleep(50)
      expect(client.all('puback')).toEqual([])
      offered[0]!.store()
      await client.until('puback', 2)
      expect(client.all('puback').map(({ messageId }) => messageId)).toEqual([7, 8])
    })

    test('that cannot be stored is never acknowledged, and its device is let go so that it sends again', async () => {
      await using client = await device('p1')
      client.send(publishPacket('dt/acme/p1', 'a', 7))
      await until(() => offered.length === 1)
      offered[0]!.fail()
      expect(await client.ended()).toBe(true)
      expect(client.all('puback')).toEqual([])
    })

    test('that waits for its store holds up nothing else: PINGs are answered, commands arrive', async () => {
      await using client = await device('p1')
      const subscriptions = [{ topic: 'cmd/acme/p1/+/request', qos: 1 as const }]
      client.send({ cmd: 'subscribe', messageId: 1, subscriptions })
      client.send(publishPacket('dt/acme/p1', 'a', 7), { cmd: 'pingreq' })
      await client.until('pingresp')
      await using staff = await operator(new Inbox(), ['dt/#'])
      await staff.publish('cmd/acme/p1/open/request', 'go')
      await client.until('publish')
      expect(client.all('puback')).toEqual([])
    })

    test('of QoS 0 is stored, too; what other clients than devices publish is not telemetry', async () => {
      await using client = await device('p1')
      client.send(publishPacket('dt/acme/p1/x', 'zero'), publishPacket('presence/acme/p1', 'here', 3))
      await until(() => offered.length === 1)
      expect(offered[0]!.text).toBe('zero')
      await client.until('puback') // presence needs no store
    })

    test('of QoS 2 is stored once, and received (PUBREC) when it is', async () => {
      await using client = await device('p1')
      const message = { ...publishPacket('dt/acme/p1', 'two', 5), qos: 2 } as Packet
      client.send(message)
      await until(() => offered.length === 1)
      expect(client.all('pubrec')).toEqual([])
      offered[0]!.store()
      await client.until('pubrec')
      client.send({ cmd: 'pubrel', messageId: 5 })
      await client.until('pubcomp')
      expect(offered.length).toBe(1)
    })

    test('is passed on to who listens, stored or not', async () => {
      const inbox = new Inbox()
      await using _staff = await operator(inbox, ['dt/acme/+/#'])
      await using client = await device('p1')
      client.send(publishPacket('dt/acme/p1', 'live', 7))
      await inbox.expect('live')
    })

    test('beyond a bound is not read until there is room', async () => {
      await using client = await device('p1')
      const count = 6000
      for (let n = 1; n <= count; n++) client.send(publishPacket('dt/acme/p1', `${n}`, n))
      await until(() => offered.length >= 2000)
      await sleep(300)
      expect(offered.length).toBeLessThan(count)
      let stored = 0
      const finish = async (): Promise<boolean> => {
        for (; stored < offered.length; stored++) offered[stored]!.store()
        await sleep(5)
        return client.all('puback').length === count
      }
      await until(finish, 10_000)
      expect(offered.map(({ text }) => Number(text))).toEqual(Array.from({ length: count }, (_, n) => n + 1))
    })

    test('that is stored is acknowledged before the broker ends', async () => {
      await using client = await device('p1')
      client.send(publishPacket('dt/acme/p1', 'last', 7))
      await until(() => offered.length === 1)
      const ending = broker[Symbol.asyncDispose]()
      offered[0]!.store()
      await ending
      expect(client.all('puback').map(({ messageId }) => messageId)).toEqual([7])
      broker = await start()
    })
  })

  describe('delivery', () => {
    test('brings each message once, however it is sent and however filters overlap', async () => {
      const inbox = new Inbox()
      await using _staff = await operator(inbox, [
        'presence/acme/+',
        'cmd/#',
        'cmd/acme/+/+/response',
        'dt/#',
        'dt/acme/#',
      ])
      await using client = await device('p1')
      client.send(
        { cmd: 'publish', topic: 'presence/acme/p1', payload: '1', qos: 0, retain: true, dup: false },
        publishPacket('cmd/acme/p1/a/response', '2'),
        publishPacket('dt/acme/p1', '3', 9),
        publishPacket('dt/acme/p1', '4'),
        publishPacket('cmd/acme/p1/b/response', '5', 10),
      )
      for (const text of ['1', '2', '3', '4', '5']) await inbox.expect(text)
      await sleep(50)
      expect(inbox.texts.toSorted()).toEqual(['1', '2', '3', '4', '5'])
    })

    test('refuses what it cannot serve: shared subscriptions, and filters wholly outside', async () => {
      await using client = await device('p1')
      const filters = [
        '$share/g/cmd/acme/p1/+/request',
        'dt/#',
        'cmd/acme/p1/+/request',
        'cmd/acme/p2/+/request',
      ]
      client.send({
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: filters.map((topic) => ({ topic, qos: 1 })),
      })
      await client.until('suback')
      expect(client.all('suback')[0]!.granted).toEqual([0x80, 0x80, 1, 0x80])
    })
  })

  describe('refuses', () => {
    test('an id that is not the CN, by CONNACK 2, and says whose it was', async () => {
      await using client = await RawClient.open(broker.port, authorities.issue('device', 'p1'))
      client.send(connectPacket('p2'))
      await client.until('connack')
      expect(client.all('connack')[0]!.returnCode).toBe(2)
      expect(await client.ended()).toBe(true)
      expect(refusals()).toMatchObject([{ identity: 'p1', reason: 'client-id', address: '127.0.0.1' }])
    })

    test('MQTT 5 by CONNACK 1, so that the client tries 3.1.1', async () => {
      await using client = await RawClient.open(broker.port, authorities.issue('device', 'p1'))
      client.socket.write(Buffer.from('101000044d5154540502003c00000002'.padEnd(36, '0').slice(0, 36), 'hex'))
      await client.until('connack')
      expect(client.all('connack')[0]!.returnCode).toBe(1)
    })

    test('a packet that announces too much, before it is sent', async () => {
      await using client = await device('p1')
      client.socket.write(Buffer.from('30ffffff7f', 'hex')) // PUBLISH of 256 MB
      expect(await client.ended()).toBe(true)
      expect(refusals()).toMatchObject([{ identity: 'p1', reason: 'size', bytes: 268_435_455 }])
    })

    test('a message of more than 128 KB; one of 128 KB passes', async () => {
      await using client = await device('p1')
      client.send(publishPacket('dt/acme/p1', Buffer.alloc(128 * 1024), 1))
      await until(() => offered.length === 1)
      client.send(publishPacket('dt/acme/p1', Buffer.alloc(140 * 1024), 2))
      expect(await client.ended()).toBe(true)
      expect(offered.length).toBe(1)
    })

    test('what is not MQTT, and goes on', async () => {
      await using client = await RawClient.open(broker.port, authorities.issue('device', 'p1'))
      client.socket.write('GET / HTTP/1.1\r\n\r\n')
      expect(await client.ended()).toBe(true)
      await using _next = await device('p2')
    })

    test('what is not TLS, with its address, and goes on', async () => {
      const socket = connectTcp(broker.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'))
      socket.on('error', () => {})
      await once(socket, 'close')
      await until(() => refusals().length === 1)
      expect(refusals()).toMatchObject([{ identity: '127.0.0.1', reason: 'protocol' }])
      await using _next = await device('p2')
    })

    test('a revoked certificate that resumes the TLS session of before', async () => {
      const credential = authorities.issue('device', 'p1')
      const { key, chain, anchor } = credential
      const dial = (session?: Buffer) =>
        connectTls({
          host: '127.0.0.1',
          port: broker.port,
          key,
          cert: chain,
          ca: anchor,
          maxVersion: 'TLSv1.2',
          ...(session && { session }),
        })
      const first = dial()
      const [session] = (await once(first, 'session')) as [Buffer]
      first.destroy()
      const second = dial(session)
      await once(second, 'secureConnect')
      expect(second.isSessionReused()).toBe(true)
      second.destroy()
      await broker.apply({ trust: authorities.trust([credential]), barred: [] })
      const third = dial(session)
      let answered = false
      third.on('error', () => {}).on('data', () => (answered = true))
      third.write(generate(connectPacket('p1')))
      await until(() => third.destroyed)
      expect(answered).toBe(false)
      expect(refusals()).toMatchObject([{ identity: 'p1', reason: 'revoked' }])
    })

    test('connections that only hold the door: they are cut for others, and in time', {
      timeout: 20_000,
    }, async () => {
      const started = performance.now()
      const idle = Array.from({ length: 1100 }, () => connectTcp(broker.port, '127.0.0.1'))
      let cut = 0
      for (const socket of idle)
        socket
          .on('error', () => {})
          .once('close', () => cut++)
          .resume()
      await until(() => cut >= 100, 8000)
      await using _honest = await device('p1')
      await using silent = await RawClient.open(broker.port, authorities.issue('device', 'p2'))
      await until(() => cut === idle.length, 12_000)
      expect(await silent.ended(12_000)).toBe(true)
      expect(performance.now() - started).toBeGreaterThan(9000)
    })

    test('topics, told once for each kind', async () => {
      await using client = await device('p1')
      for (let n = 1; n <= 5; n++) client.send(publishPacket(`dt/acme/p2/${n}`, 'x', n))
      await client.until('puback', 5)
      expect(refusals()).toMatchObject([{ identity: 'p1', reason: 'topic', topic: 'dt/acme/p2/1' }])
      expect(offered).toEqual([])
    })

    test('a port that is in use', async () => {
      await expect(start('cn', broker.port)).rejects.toMatchObject({ code: 'BROKER_PORT', exitCode: 10 })
    })
  })

  test('a broken connection of any kind harms nobody else', async () => {
    await using steady = await device('steady')
    const wild = await Promise.all(['w1', 'w2', 'w3'].map(device))
    wild[0]!.socket.destroy()
    wild[1]!.socket.write(Buffer.from('f0f0f0f0', 'hex'))
    wild[2]!.send({ cmd: 'pingreq' }, connectPacket('w3'))
    for (const client of wild) expect(await client.ended()).toBe(true)
    steady.send({ cmd: 'pingreq' })
    await steady.until('pingresp')
    await until(() => broker.connections() === 1)
  })

  test('tells who comes and goes', async () => {
    await using client = await device('p1')
    client.send({ cmd: 'disconnect' })
    await until(() => events.length === 2)
    expect(events).toEqual([
      { event: 'connected', client: 'p1', kind: 'device' },
      { event: 'disconnected', client: 'p1', kind: 'device', reason: 'goodbye' },
    ])
  })

  test('tells how a session ended: it broke, the device came again, it was put out', async () => {
    const ends = () => events.flatMap((one) => (one.event === 'disconnected' ? [one.reason] : []))
    const broken = await device('p1')
    broken.socket.destroy()
    await until(() => ends().length === 1)
    await using _first = await device('p1')
    const second = await device('p1')
    await until(() => ends().length === 2)
    await broker.apply({ trust: authorities.trust(), barred: ['p1'] })
    await until(() => ends().length === 3 && second.closed)
    expect(ends()).toEqual(['lost', 'taken-over', 'evicted'])
  })

  test('with free client ids, a device still takes over no session but its own', async () => {
    await using free = await start('any')
    const address = { host: '127.0.0.1', port: free.port }
    const [one, other] = [authorities.issue('device', 'p1'), authorities.issue('device', 'p2')]
    const first = await connect({ broker: address, credential: one, clientId: 'sensor' })
    const second = await connect({ broker: address, credential: other, clientId: 'sensor' })
    await sleep(50)
    expect(free.connections()).toBe(2)
    await first.close()
    await second.close()
  })
})

async function until(done: () => boolean | Promise<boolean>, within = 3000): Promise<void> {
  const is = await poll(async () => (await done()) || undefined, { within, every: 5 })
  expect(is).toBe(true)
}
