import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { type AgentOptions, type AgentState, DeviceAgent } from '../../src/lib/device/agent.ts'
import { MemoryQueue } from '../../src/lib/device/outgoing-queue.ts'
import { type SimulationStats, simulate } from '../../src/lib/device/simulate.ts'
import { type Connection, connect } from '../../src/lib/mqtt/connection.ts'
import { AedesBroker } from '../support/aedes-broker.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { obliging, startScriptedBroker } from '../support/scripted-broker.ts'

let authorities: TestAuthorities
let broker: AedesBroker
let watcher: Connection
/** What the broker passed on, as a service would see it; emptied before each test. */
let seen: { topic: string; body: Record<string, unknown> }[]

beforeAll(async () => {
  authorities = await createTestAuthorities()
  broker = await AedesBroker.start(authorities)
})
afterAll(() => broker[Symbol.asyncDispose]())

beforeEach(async () => {
  await watcher?.close()
  watcher = await watch('svc.watch')
  seen = []
})
afterAll(() => watcher?.close())

async function watch(clientId: string): Promise<Connection> {
  const credential = authorities.issue('service', 'svc.watch')
  const connection = await connect({
    broker: broker.address,
    credential,
    clientId,
    reconnect: true,
    backoff: { initial: 5, max: 10 },
  })
  await connection.subscribe(['dt/acme/+/#', 'presence/acme/+'], ({ topic, payload }) => {
    seen.push({ topic, body: JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown> })
  })
  return connection
}

async function until(what: string, done: () => boolean, within = 10_000): Promise<void> {
  if ((await poll(() => done() || undefined, { within, every: 5 })) === undefined)
    throw new Error(`never: ${what}`)
}

function agentOf(id: string, more: Partial<AgentOptions> = {}): DeviceAgent {
  const credential = authorities.issue('device', id)
  const backoff = { initial: 20, max: 50 }
  return new DeviceAgent({ id, fleet: 'acme', broker: broker.address, credential, backoff, ...more })
}

const telemetryOf = (id: string) =>
  seen.filter(({ topic }) => topic === `dt/acme/${id}`).map(({ body }) => body)
const presenceOf = (id: string) =>
  seen.filter(({ topic }) => topic === `presence/acme/${id}`).map(({ body }) => body)

describe('the reference agent', () => {
  test('says that it is there, reports with event time, and says goodbye', async () => {
    const agent = agentOf('p1')
    agent.start()
    agent.report({ flow: 3.2, running: true, state: 'ok' }, 1_700_000_000_123)
    await until('telemetry', () => telemetryOf('p1').length === 1)
    expect(telemetryOf('p1')).toEqual([{ ts: 1_700_000_000_123, flow: 3.2, running: true, state: 'ok' }])
    await agent.close()
    expect(presenceOf('p1').map(({ state }) => state)).toEqual(['online', 'offline'])
    const [online, offline] = presenceOf('p1')
    expect(offline!['session']).toBe(online!['session'])
    expect(Math.abs(Date.now() - Number(online!['ts']))).toBeLessThan(10_000)
    expect(agent.stats).toMatchObject({ published: 1, acknowledged: 1, online: false, dropped: 0 })
  })

  test('its presence is retained', async () => {
    await using _agent = startedAgent('p2')
    await until('presence', () => presenceOf('p2').length === 1)
    seen = []
    await using _late = await watch('svc.late')
    await until('retained presence', () => presenceOf('p2').length >= 1)
    expect(presenceOf('p2')[0]).toMatchObject({ state: 'online' })
  })

  test('when it is cut, its will says so; back again, it is a new session', async () => {
    const ready = broker.nextClient()
    await using agent = startedAgent('p3')
    const client = await ready
    await until('presence', () => presenceOf('p3').length === 1)
    client.conn.destroy()
    await until('three', () => presenceOf('p3').length === 3)
    const [first, will, second] = presenceOf('p3')
    expect([first, will, second].map((body) => body?.['state'])).toEqual(['online', 'offline', 'online'])
    expect(will!['session']).toBe(first!['session'])
    expect(second!['session']).not.toBe(first!['session'])
    expect(agent.stats.reconnects).toBe(1)
  })

  test('loses nothing that it reported while the broker was away, and keeps the order', async () => {
    await using agent = startedAgent('p4', { outstanding: 3 })
    await until('presence', () => presenceOf('p4').length === 1)
    await broker.stopListening()
    await until('offline', () => !agent.stats.online)
    for (let n = 0; n < 50; n++) agent.report({ n })
    await broker.listenAgain()
    await until('all', () => agent.stats.acknowledged === 50)
    expect(agent.stats).toMatchObject({ published: 50, dropped: 0 })
    // The watcher may have been away for the first ones: what it saw is the end, in order.
    const numbers = telemetryOf('p4').map(({ n }) => Number(n))
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  test('keeps the newest when its queue is full', async () => {
    const agent = agentOf('p5', { queue: new MemoryQueue(3), broker: { host: '127.0.0.1', port: 1 } })
    agent.start()
    for (let n = 0; n < 10; n++) agent.report({ n })
    expect(agent.stats).toMatchObject({ dropped: 7, published: 0 })
    await agent.close()
  })

  test('closing sends what is left first', async () => {
    const agent = startedAgent('p6', { outstanding: 2 })
    await until('presence', () => presenceOf('p6').length === 1)
    for (let n = 0; n < 40; n++) agent.report({ n })
    await agent.close()
    expect(agent.stats.acknowledged).toBe(40)
    await until('all', () => telemetryOf('p6').length === 40 && presenceOf('p6').length === 2)
    expect(presenceOf('p6').at(-1)).toMatchObject({ state: 'offline' })
  })

  test('says why it is refused, and comes in when it may', async () => {
    const states: AgentState[] = []
    broker.aedes.authenticate = (client, _user, _password, done) =>
      client.id === 'p7'
        ? done(Object.assign(new Error('blocked'), { returnCode: 5 }), null)
        : done(null, true)
    await using agent = startedAgent('p7', { onState: (event) => states.push(event) })
    await until('refused', () => states.some(({ state }) => state === 'refused'))
    expect(states[0]).toEqual({ state: 'connecting' })
    expect(states[1]).toMatchObject({ state: 'refused', failure: { code: 'BROKER_REFUSED' } })
    broker.aedes.authenticate = (_client, _user, _password, done) => done(null, true)
    await until('online', () => agent.stats.online)
    expect(states.at(-1)).toMatchObject({ state: 'online' })
  })

  test('never has more between PUBLISH and PUBACK than its bound, and resends with its old ids (MQTT-4.4.0-1)', async () => {
    await using mute = await startScriptedBroker(authorities, (packet, peer, connection) => {
      if (packet.cmd === 'publish' && connection === 1) return
      if (packet.cmd !== 'connect') return obliging(packet, peer)
      peer.send({ cmd: 'connack', returnCode: 0, sessionPresent: connection > 1 })
    })
    await using agent = startedAgent('p8', { broker: mute.address, outstanding: 4 })
    for (let n = 0; n < 10; n++) agent.report({ n })
    const sent = (connection: number) => mute.peers[connection]?.of('publish') ?? []
    await until('four', () => sent(0).length >= 4)
    expect(sent(0)).toHaveLength(4) // presence, and three reports
    mute.peers[0]!.socket.destroy()
    await until('all', () => agent.stats.acknowledged === 10)
    const reports = sent(1).filter(({ topic }) => topic.startsWith('dt/'))
    expect(reports.map(({ dup }) => dup)).toEqual([
      true,
      true,
      true,
      ...Array.from({ length: 7 }, () => false),
    ])
    expect(reports.map(({ payload }) => JSON.parse(String(payload)).n)).toEqual([...Array(10).keys()])
    const old = sent(0).filter(({ topic }) => topic.startsWith('dt/'))
    expect(reports.slice(0, 3).map(({ messageId }) => messageId)).toEqual(
      old.map(({ messageId }) => messageId),
    )
  })

  test('with MQTT 5 it counts what the broker refuses to pass on', async () => {
    await using strict = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd !== 'publish') return obliging(packet, peer)
      peer.send({ cmd: 'puback', messageId: packet.messageId!, reasonCode: 0x87 })
    })
    await using agent = startedAgent('p9', { broker: strict.address, protocol: 5 })
    agent.report({ n: 1 })
    await until('denied', () => agent.stats.denied === 1)
    expect(agent.stats.acknowledged).toBe(0)
  })
})

describe('simulate', () => {
  test('runs many devices with their own certificates, evenly, and ends in good order', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `sim-${index}`)
    const devices = ids.map((id) => ({ id, credential: authorities.issue('device', id) }))
    const abort = new AbortController()
    const told: SimulationStats[] = []
    let connecting = 0
    let most = 0
    const running = simulate({
      devices,
      broker: broker.address,
      fleet: 'acme',
      profile: 'meter',
      rate: 5,
      connecting: 4,
      signal: abort.signal,
      onStats: (stats) => told.push(stats),
      onState: (_, { state }) => {
        connecting += state === 'connecting' ? 1 : -1
        most = Math.max(most, connecting)
      },
    })
    await until('stats', () => told.length > 0)
    await until('a second of messages', () => ids.every((id) => telemetryOf(id).length >= 5))
    abort.abort()
    const stats = await running
    expect(told[0]).toMatchObject({ devices: 20, connected: 20 })
    expect(most).toBeLessThanOrEqual(4)
    expect(stats).toMatchObject({ connected: 0, dropped: 0, reconnects: 0, refused: new Map() })
    expect(stats.acknowledged).toBe(stats.published)
    for (const id of ids) {
      expect(presenceOf(id).at(-1)).toMatchObject({ state: 'offline' })
      expect(telemetryOf(id)[0]).toMatchObject({ energy: expect.any(Number), voltage: expect.any(Number) })
      // In turn: no device is more than a round ahead of another, of which the connecting takes the first.
      expect(Math.abs(telemetryOf(id).length - stats.published / 20)).toBeLessThan(3)
    }
  })

  test('says which devices are refused, and why, while the others report', async () => {
    const late = { notBefore: Date.now() - 2 * 86_400_000, notAfter: Date.now() - 86_400_000 }
    const devices = [
      { id: 'good', credential: authorities.issue('device', 'good') },
      { id: 'late', credential: authorities.issue('device', 'late', late) },
    ]
    const abort = new AbortController()
    const running = simulate({
      devices,
      broker: broker.address,
      fleet: 'acme',
      profile: 'pump',
      rate: 10,
      signal: abort.signal,
      backoff: { initial: 20, max: 50 },
    })
    await until('reports', () => telemetryOf('good').length > 2)
    abort.abort()
    const { refused, published } = await running
    expect([...refused.keys()]).toEqual(['late'])
    expect(refused.get('late')).toMatchObject({ code: 'BROKER_REFUSED', layer: 'certificate' })
    expect(published).toBeGreaterThan(2)
  })

  test('a signal that was there before starts nothing', async () => {
    const devices = [{ id: 'x1', credential: authorities.issue('device', 'x1') }]
    const signal = AbortSignal.abort()
    const stats = await simulate({
      devices,
      broker: broker.address,
      fleet: 'acme',
      profile: 'pump',
      rate: 1,
      signal,
    })
    expect(stats).toMatchObject({ connected: 0, published: 0 })
  })
})

function startedAgent(id: string, more: Partial<AgentOptions> = {}): DeviceAgent {
  const agent = agentOf(id, more)
  agent.start()
  return agent
}

describe('commands', () => {
  const ask = async (id: string, name: string, payload: object | string) => {
    const answers: unknown[] = []
    await using operator = await connect({
      broker: broker.address,
      credential: authorities.issue('operator', 'op.test'),
      clientId: 'op.test',
    })
    await operator.subscribe([`cmd/acme/${id}/+/response`], ({ topic, payload: answer }) => {
      answers.push([topic, JSON.parse(Buffer.from(answer).toString())])
    })
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    await operator.publish(`cmd/acme/${id}/${name}/request`, text)
    // What comes behind the command tells that it was passed over.
    await operator.publish(`cmd/acme/${id}/ping/request`, JSON.stringify({ id: 'last', expires: soon() }))
    await until('the last answer', () => JSON.stringify(answers).includes('"last"'))
    return answers.slice(0, -1)
  }
  const soon = () => Date.now() + 60_000

  test('ping and info are answered, with the id of their request', async () => {
    await using _agent = startedAgent('c1')
    await until('presence', () => presenceOf('c1').length === 1)
    const info = await ask('c1', 'info', { id: 'a', expires: soon(), args: {} })
    expect(info).toEqual([
      [
        'cmd/acme/c1/info/response',
        { id: 'a', result: expect.objectContaining({ agent: 'flotilla' }) as unknown },
      ],
    ])
  })

  test('what has expired is refused, and so is what the device does not know', async () => {
    await using _agent = startedAgent('c2')
    await until('presence', () => presenceOf('c2').length === 1)
    expect(await ask('c2', 'ping', { id: 'b', expires: Date.now() - 1 })).toMatchObject([
      ['cmd/acme/c2/ping/response', { id: 'b', error: { code: 'EXPIRED' } }],
    ])
    expect(await ask('c2', 'reboot', { id: 'c', expires: soon() })).toMatchObject([
      ['cmd/acme/c2/reboot/response', { id: 'c', error: { code: 'UNKNOWN_COMMAND' } }],
    ])
  })

  test('what is no request is passed over', async () => {
    await using _agent = startedAgent('c3')
    await until('presence', () => presenceOf('c3').length === 1)
    for (const payload of [
      '{',
      '[]',
      { id: 'd' },
      { expires: soon() },
      { id: 'x'.repeat(65), expires: soon() },
    ])
      expect(await ask('c3', 'ping', payload)).toEqual([])
  })

  test('a flapping device comes back and loses nothing', async () => {
    await using agent = startedAgent('c4')
    for (let round = 1; round <= 3; round++) {
      await until('online', () => agent.stats.online)
      agent.report({ round })
      agent.cut()
      agent.report({ round })
      await until('it is back', () => agent.stats.reconnects === round)
    }
    await until('all', () => agent.stats.acknowledged === 6)
    const rounds = () => new Set(telemetryOf('c4').map(({ round }) => round))
    await expect.poll(rounds).toEqual(new Set([1, 2, 3])) // who watches hears it after the device does
  })
})
