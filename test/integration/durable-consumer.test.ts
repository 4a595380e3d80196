import { setTimeout as sleep } from 'node:timers/promises'
import type { Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ExitCode } from '../../src/lib/base/errors.ts'
import { poll } from '../../src/lib/base/retry.ts'
import type { ConsumedMessage } from '../../src/lib/mqtt/consumer-session.ts'
import { DurableConsumer, type DurableConsumerOptions } from '../../src/lib/mqtt/durable-consumer.ts'
import { AedesBroker } from '../support/aedes-broker.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { message, obliging, type Peer, startScriptedBroker } from '../support/scripted-broker.ts'

let authorities: TestAuthorities
let options: Omit<DurableConsumerOptions, 'broker'>

beforeAll(async () => {
  authorities = await createTestAuthorities()
  options = {
    credential: authorities.issue('service', 'svc.ingest'),
    clientId: 'svc.ingest',
    filters: ['dt/acme/+/#', '$aws/rules/+/dt/acme/+/#'],
    backoff: { initial: 10, max: 50 },
    within: 5000,
  }
})

const textOf = ({ payload }: ConsumedMessage): string => Buffer.from(payload).toString()

async function until(what: string, done: () => boolean, within = 10_000): Promise<void> {
  if ((await poll(() => done() || undefined, { within, every: 5 })) === undefined)
    throw new Error(`never: ${what}`)
}

function pubacks(peer: Peer | undefined): (number | undefined)[] {
  return (peer?.of('puback') ?? []).map(({ messageId }) => messageId)
}

describe('with aedes (MQTT 3.1.1)', () => {
  let broker: AedesBroker

  beforeAll(async () => {
    broker = await AedesBroker.start(authorities)
  })
  afterAll(() => broker[Symbol.asyncDispose]())

  test('falls back to 3.1.1 and brings both kinds of telemetry topics', async () => {
    const received: ConsumedMessage[] = []
    await using consumer = new DurableConsumer({ ...options, clientId: 'c1', broker: broker.address })
    await consumer.start((messages) => received.push(...messages))
    expect(consumer.stats()).toMatchObject({ connected: true, protocol: 4, reconnects: 0 })
    const before = Date.now()
    await broker.publish('dt/acme/p1/flow', '1')
    await broker.publish('$aws/rules/store/dt/acme/p1', '2')
    await until('both', () => received.length === 2)
    expect(received.map(({ topic }) => topic)).toEqual(['dt/acme/p1/flow', '$aws/rules/store/dt/acme/p1'])
    expect(received[0]!.arrivedAt).toBeGreaterThanOrEqual(before)
    expect(received[0]!.arrivedAt).toBeLessThanOrEqual(Date.now())
    for (const one of received) one.acknowledge()
    await until('acknowledged', () => consumer.stats().acknowledged === 2)
  })

  test('what was not acknowledged before a cut comes again, what was does not', async () => {
    const first: ConsumedMessage[] = []
    const again: string[] = []
    await using consumer = new DurableConsumer({ ...options, clientId: 'c2', broker: broker.address })
    let connections = 1
    await consumer.start((messages) => {
      if (connections === 1) first.push(...messages)
      else again.push(...messages.map(textOf))
    })
    for (let index = 0; index < 50; index++) await broker.publish('dt/acme/p1', String(index))
    await until('50', () => first.length === 50)
    for (const one of first.slice(0, 20)) one.acknowledge()
    await until('20 acknowledged', () => consumer.stats().acknowledged === 20)
    await sleep(50) // the broker has read the PUBACKs: nothing on its side could be waited for
    connections = 2
    broker.cut()
    await until('the rest', () => again.length === 30)
    expect(again).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 20)))
    // The old connection's acknowledgements lead nowhere, but make room.
    for (const one of first.slice(20)) one.acknowledge()
    expect(consumer.stats()).toMatchObject({ acknowledged: 20, stale: 30, outstanding: 30, reconnects: 1 })
  })

  test('what is published while nobody consumes waits for the next process', async () => {
    const address = { ...options, clientId: 'c3', broker: broker.address }
    const consumer = new DurableConsumer(address)
    await consumer.start(() => {})
    await consumer[Symbol.asyncDispose]()
    for (const text of ['a', 'b', 'c']) await broker.publish('dt/acme/p1', text)
    const received: string[] = []
    await using next = new DurableConsumer(address)
    await next.start((messages) => received.push(...messages.map(textOf)))
    await until('three', () => received.length === 3)
    expect(received).toEqual(['a', 'b', 'c'])
  })

  test('disposing sends the PUBACKs that are due', async () => {
    const address = { ...options, clientId: 'c4', broker: broker.address }
    const consumer = new DurableConsumer(address)
    const received: ConsumedMessage[] = []
    await consumer.start((messages) => received.push(...messages))
    for (const text of ['a', 'b', 'c']) await broker.publish('dt/acme/p1', text)
    await until('three', () => received.length === 3)
    received[0]!.acknowledge()
    received[1]!.acknowledge()
    await consumer[Symbol.asyncDispose]()
    const again: string[] = []
    await using next = new DurableConsumer(address)
    await next.start((messages) => again.push(...messages.map(textOf)))
    await until('one', () => again.length > 0)
    await sleep(50)
    expect(again).toEqual(['c'])
  })

  test('a broker that is away at the start is waited for', async () => {
    const later = await AedesBroker.start(authorities)
    await later.stopListening()
    const failures: (string | undefined)[] = []
    await using consumer = new DurableConsumer({
      ...options,
      broker: later.address,
      onState: (event) => event.state === 'offline' && failures.push(event.failure?.code),
    })
    const starting = consumer.start(() => {})
    await until('two attempts', () => failures.length >= 2)
    expect(failures[0]).toBe('BROKER_UNREACHABLE')
    await later.listenAgain()
    await starting
    expect(consumer.stats().connected).toBe(true)
    await consumer[Symbol.asyncDispose]()
    await later[Symbol.asyncDispose]()
  })

  test('a certificate that is refused fails the start, after both versions were tried', async () => {
    const other = await createTestAuthorities('other')
    const { key, chain } = other.issue('service', 'svc.ingest')
    const credential = { ...options.credential, key, chain }
    await using consumer = new DurableConsumer({ ...options, credential, broker: broker.address })
    await expect(consumer.start(() => {})).rejects.toMatchObject({
      code: 'BROKER_REFUSED',
      exitCode: ExitCode.refused,
    })
  })

  test('disposing interrupts a start that waits', async () => {
    const consumer = new DurableConsumer({ ...options, broker: { host: '127.0.0.1', port: 1 } })
    const starting = consumer.start(() => {})
    await consumer[Symbol.asyncDispose]()
    await expect(starting).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('with a broker of MQTT 5', () => {
  test('asks for a session that lasts, and for no more than half of its bound', async () => {
    await using broker = await startScriptedBroker(authorities, obliging)
    await using consumer = new DurableConsumer({
      ...options,
      broker: broker.address,
      bound: 500,
      sessionExpiry: 3600,
    })
    await consumer.start(() => {})
    expect(consumer.stats().protocol).toBe(5)
    expect(broker.peers[0]!.of('connect')[0]).toMatchObject({
      clientId: 'svc.ingest',
      clean: false,
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 3600, receiveMaximum: 250 },
    })
    expect(broker.peers[0]!.of('subscribe')[0]!.subscriptions).toMatchObject([
      { topic: 'dt/acme/+/#', qos: 1 },
      { topic: '$aws/rules/+/dt/acme/+/#', qos: 1 },
    ])
  })

  test('PUBACKs leave in order of receipt, however the messages are finished (MQTT-4.6.0-2)', async () => {
    await using broker = await startScriptedBroker(authorities, obliging)
    await using consumer = new DurableConsumer({ ...options, broker: broker.address })
    const received: ConsumedMessage[] = []
    await consumer.start((messages) => received.push(...messages))
    const peer = broker.peers[0]!
    peer.send(...[4, 9, 2, 7].map((id) => message(id)))
    await until('four', () => received.length === 4)
    for (const index of [3, 1, 2]) received[index]!.acknowledge()
    received[1]!.acknowledge() // twice is once
    await sleep(30)
    expect(pubacks(peer)).toEqual([])
    received[0]!.acknowledge()
    await until('four PUBACKs', () => pubacks(peer).length === 4)
    expect(pubacks(peer)).toEqual([4, 9, 2, 7])
  })

  test('acknowledgements of an older connection are not sent on the next', async () => {
    await using broker = await startScriptedBroker(authorities, obliging)
    await using consumer = new DurableConsumer({ ...options, broker: broker.address })
    const received: ConsumedMessage[] = []
    await consumer.start((messages) => received.push(...messages))
    broker.peers[0]!.send(message(1), message(2))
    await until('two', () => received.length === 2)
    broker.peers[0]!.socket.destroy()
    await until('reconnect', () => broker.peers.length === 2 && consumer.stats().connected)
    broker.peers[1]!.send(message(1, 'dt/acme/p1', 'another message'), message(3))
    await until('four', () => received.length === 4)
    received[0]!.acknowledge()
    received[1]!.acknowledge()
    await sleep(30)
    expect(pubacks(broker.peers[1])).toEqual([])
    received[2]!.acknowledge()
    received[3]!.acknowledge()
    await until('two PUBACKs', () => pubacks(broker.peers[1]).length === 2)
    expect(pubacks(broker.peers[1])).toEqual([1, 3])
  })

  test('a packet id that is in flight is neither handed on nor acknowledged twice', async () => {
    await using broker = await startScriptedBroker(authorities, obliging)
    await using consumer = new DurableConsumer({ ...options, broker: broker.address })
    const received: ConsumedMessage[] = []
    await consumer.start((messages) => received.push(...messages))
    const peer = broker.peers[0]!
    peer.send(message(5), message(5, 'dt/acme/p1', '1', true), message(6))
    await until('two', () => received.length === 2)
    for (const one of received) one.acknowledge()
    await until('two PUBACKs', () => pubacks(peer).length >= 2)
    await sleep(30)
    expect(pubacks(peer)).toEqual([5, 6])
  })

  test.each([
    ['messages', { bound: 100 }],
    ['bytes', { boundBytes: 100 * 200 }],
  ])(
    'stops reading at its bound of %s, whatever the broker sends, and goes on when there is room',
    async (_, bounds) => {
      const bound = 100
      const total = 20_000
      await using broker = await startScriptedBroker(authorities, obliging)
      await using consumer = new DurableConsumer({ ...options, ...bounds, broker: broker.address })
      const held: ConsumedMessage[] = []
      await consumer.start((messages) => held.push(...messages))
      const payload = 'x'.repeat(200)
      const peer = broker.peers[0]!
      for (let id = 1; id <= total; id++) peer.send(message(id, 'dt/acme/p1', payload))
      await until('the bound', () => consumer.stats().outstanding >= bound)
      await sleep(200)
      // What TLS has taken from the socket in one read (64 KiB) comes on top, and what waits to be parsed (16 KiB).
      const most = bound + Math.ceil((80 * 1024) / 200)
      expect(consumer.stats().outstanding).toBeLessThan(most)
      while (consumer.stats().received < total || consumer.stats().outstanding > 0) {
        expect(consumer.stats().outstanding).toBeLessThan(most)
        for (const one of held.splice(0)) one.acknowledge()
        await sleep(1)
      }
      await until('all PUBACKs', () => pubacks(peer).length === total)
      expect(consumer.stats()).toMatchObject({
        received: total,
        acknowledged: total,
        outstanding: 0,
        reconnects: 0,
      })
    },
  )

  test('the bound counts what older connections brought, so that a flapping network fills no memory', async () => {
    await using broker = await startScriptedBroker(authorities, (packet, peer) => {
      obliging(packet, peer)
      if (packet.cmd !== 'subscribe') return
      peer.send(...Array.from({ length: 60 }, (_, index) => message(index + 1)))
    })
    await using consumer = new DurableConsumer({
      ...options,
      broker: broker.address,
      bound: 100,
      keepalive: 0.1,
    })
    const held: ConsumedMessage[] = []
    await consumer.start((messages) => held.push(...messages))
    for (let connection = 1; connection <= 4; connection++) {
      await until(
        `connection ${connection}`,
        () => broker.peers.length === connection && consumer.stats().connected,
      )
      await sleep(50)
      if (connection < 4) broker.peers[connection - 1]!.socket.destroy()
    }
    expect(held.length).toBe(120)
    for (const one of held.splice(0)) one.acknowledge()
    await until('the last connection', () => held.length > 0)
  })

  test('keeps the connection alive by PINGs while it reads nothing', async () => {
    await using broker = await startScriptedBroker(authorities, obliging)
    await using consumer = new DurableConsumer({
      ...options,
      broker: broker.address,
      bound: 1,
      keepalive: 0.1,
    })
    await consumer.start(() => {})
    broker.peers[0]!.send(message(1))
    await until('PINGs', () => broker.peers[0]!.of('pingreq').length >= 4)
    expect(consumer.stats()).toMatchObject({ connected: true, reconnects: 0, outstanding: 1 })
  })

  test('a broker that answers no PING is left', async () => {
    await using broker = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd !== 'pingreq') obliging(packet, peer)
    })
    await using consumer = new DurableConsumer({ ...options, broker: broker.address, keepalive: 0.1 })
    await consumer.start(() => {})
    await until('reconnect', () => broker.peers.length > 1)
    expect(broker.peers[0]!.of('pingreq').length).toBeGreaterThan(0)
  })

  test('of a fleet that is just quiet nothing is said, however often the connection is opened anew', async () => {
    const states: string[] = []
    await using broker = await startScriptedBroker(authorities, obliging)
    await using consumer = new DurableConsumer({
      ...{ ...options, broker: broker.address, patience: 50 },
      onState: ({ state }) => states.push(state),
    })
    await consumer.start(() => {})
    await until('two connections more', () => broker.peers.length === 3 && consumer.stats().connected)
    expect(states).toEqual(['online'])
    broker.peers.at(-1)!.socket.destroy()
    await until('a loss that is one', () => states.length === 3)
    expect(states).toEqual(['online', 'offline', 'online'])
  })

  test('a connection that answers PINGs and brings nothing is opened anew', async () => {
    const states: string[] = []
    await using broker = await startScriptedBroker(authorities, (packet, peer, connection) => {
      obliging(packet, peer)
      if (packet.cmd === 'subscribe' && connection === 2) peer.send(message(1))
    })
    await using consumer = new DurableConsumer({
      ...options,
      broker: broker.address,
      patience: 200,
      keepalive: 0.1,
      onState: ({ state }) => states.push(state),
    })
    let received = 0
    await consumer.start((messages) => (received += messages.length))
    await until('what the second connection brings', () => received === 1)
    expect(states).toEqual(['online', 'stalled'])
    expect(consumer.stats().stalls).toBe(1)
  })

  test('a refused subscription fails the start and names the filter', async () => {
    await using broker = await startScriptedBroker(authorities, answerSubscribe([1, 0x87]))
    await using consumer = new DurableConsumer({ ...options, broker: broker.address })
    await expect(consumer.start(() => {})).rejects.toMatchObject({
      code: 'SUBSCRIPTION_REFUSED',
      message: expect.stringContaining('$aws/rules/+/dt/acme/+/#'),
    })
  })

  test('a subscription granted at QoS 0 fails the start: messages would be lost', async () => {
    await using broker = await startScriptedBroker(authorities, answerSubscribe([0, 1]))
    await using consumer = new DurableConsumer({ ...options, broker: broker.address })
    await expect(consumer.start(() => {})).rejects.toMatchObject({ code: 'SUBSCRIPTION_QOS' })
  })

  test.each([
    ['a CONNACK of its own version', (peer: Peer) => peer.socket.end(Buffer.from([0x20, 2, 0, 1]))],
    ['a CONNACK of MQTT 5', (peer: Peer) => peer.socket.end(Buffer.from([0x20, 3, 0, 0x84, 0]))],
    ['nothing, and closes', (peer: Peer) => peer.socket.destroy()],
  ])('falls back when the broker answers MQTT 5 with %s', async (_, refuse) => {
    await using broker = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd === 'connect' && packet.protocolVersion === 5) refuse(peer)
      else obliging(packet, peer)
    })
    await using consumer = new DurableConsumer({ ...options, broker: broker.address })
    await consumer.start(() => {})
    expect(consumer.stats().protocol).toBe(4)
  })
})

function answerSubscribe(granted: number[]) {
  return (packet: Packet, peer: Peer): void => {
    if (packet.cmd !== 'subscribe') return obliging(packet, peer)
    peer.send({ cmd: 'suback', messageId: packet.messageId!, granted })
  }
}
