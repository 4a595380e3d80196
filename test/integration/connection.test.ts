import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ExitCode, type FlotillaError } from '../../src/lib/base/errors.ts'
import { type Connection, type ConnectOptions, connect, type Message } from '../../src/lib/mqtt/connection.ts'
import { request } from '../../src/lib/mqtt/request.ts'
import { AedesBroker } from '../support/aedes-broker.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { obliging, startScriptedBroker } from '../support/scripted-broker.ts'

const DAY = 86_400_000
let authorities: TestAuthorities
let broker: AedesBroker
let options: ConnectOptions

beforeAll(async () => {
  authorities = await createTestAuthorities()
  broker = await AedesBroker.start(authorities)
  const credential = authorities.issue('operator', 'op.alice')
  options = { broker: broker.address, credential, clientId: 'op.alice', within: 5000 }
})

afterAll(() => broker[Symbol.asyncDispose]())

/** Collects what a subscription brings, and waits for it. */
function inbox() {
  const messages: { topic: string; text: string; retained: boolean }[] = []
  const waiting: (() => void)[] = []
  const receive = ({ topic, payload, retained }: Message): void => {
    messages.push({ topic, text: Buffer.from(payload).toString(), retained })
    for (const wake of waiting.splice(0)) wake()
  }
  const until = async (count: number): Promise<typeof messages> => {
    while (messages.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    return messages
  }
  return { receive, until }
}

async function failureOf(connecting: Promise<Connection>): Promise<FlotillaError> {
  const result = await connecting.then(
    (connection) => connection.close().then(() => undefined),
    (error: FlotillaError) => error,
  )
  if (result === undefined) throw new Error('it connected')
  return result
}

describe('an open connection', () => {
  test('publishes, and gets what its filters cover, by subscription', async () => {
    await using connection = await connect(options)
    const [pumps, all] = [inbox(), inbox()]
    await connection.subscribe(['dt/acme/pump/#'], pumps.receive)
    await connection.subscribe(['dt/acme/+/flow', 'dt/acme/end'], all.receive, { qos: 0 })
    await connection.publish('dt/acme/pump/flow', '1')
    await connection.publish('dt/acme/meter/flow', Buffer.from('2'), { qos: 0 })
    await connection.publish('dt/acme/pump/state', '3')
    await connection.publish('dt/acme/end', '')
    expect((await all.until(3)).map(({ topic }) => topic)).toEqual([
      'dt/acme/pump/flow',
      'dt/acme/meter/flow',
      'dt/acme/end',
    ])
    expect((await pumps.until(2)).map(({ text }) => text)).toEqual(['1', '3'])
  })

  test('gets retained messages as such', async () => {
    await using connection = await connect(options)
    await connection.publish('presence/acme/p1', 'online', { retain: true })
    const { receive, until } = inbox()
    await connection.subscribe(['presence/acme/+'], receive)
    expect(await until(1)).toEqual([{ topic: 'presence/acme/p1', text: 'online', retained: true }])
  })

  test('takes thousands of messages at QoS 1 and acknowledges them all', async () => {
    await using connection = await connect(options)
    const { receive, until } = inbox()
    await connection.subscribe(['bulk/#'], receive)
    const count = 3000
    for (let index = 0; index < count; index++) await broker.publish('bulk/x', String(index))
    const texts = (await until(count)).map(({ text }) => Number(text))
    expect(texts).toEqual(Array.from({ length: count }, (_, index) => index))
  })

  test('says when it was cut, and fails what waits for an answer', async () => {
    await using mute = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd !== 'publish') obliging(packet, peer)
      else peer.socket.destroy()
    })
    const connection = await connect({ ...options, broker: mute.address })
    await expect(connection.publish('a', 'b')).rejects.toMatchObject({ code: 'BROKER_LOST' })
    expect(await connection.closed).toMatchObject({ code: 'BROKER_LOST', exitCode: ExitCode.unreachable })
    await expect(connection.publish('a', 'b')).rejects.toMatchObject({ code: 'BROKER_LOST' })
  })

  test('a broker that answers no PUBLISH is a time-out', async () => {
    await using mute = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd !== 'publish') obliging(packet, peer)
    })
    await using connection = await connect({ ...options, broker: mute.address, within: 300 })
    await expect(connection.publish('a', 'b')).rejects.toMatchObject({
      code: 'BROKER_SILENT',
      exitCode: ExitCode.timedOut,
    })
  })

  test('with MQTT 5 a refused publication and a refused subscription are errors', async () => {
    await using strict = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd === 'publish')
        peer.send({ cmd: 'puback', messageId: packet.messageId!, reasonCode: 0x87 })
      else if (packet.cmd === 'subscribe') {
        peer.send({ cmd: 'suback', messageId: packet.messageId!, granted: [0x87] })
      } else obliging(packet, peer)
    })
    await using connection = await connect({ ...options, broker: strict.address, protocol: 5 })
    await expect(connection.publish('a', 'b')).rejects.toMatchObject({ code: 'PUBLICATION_REFUSED' })
    await expect(connection.subscribe(['#'], () => {})).rejects.toMatchObject({
      code: 'SUBSCRIPTION_REFUSED',
      exitCode: ExitCode.refused,
    })
  })

  test('with `reconnect` it comes back after a cut and has its subscriptions again', async () => {
    const states: string[] = []
    await using connection = await connect({
      ...options,
      clientId: 'op.alice-tail',
      reconnect: true,
      backoff: { initial: 20, max: 50 },
      onState: ({ state }) => states.push(state),
    })
    const { receive, until } = inbox()
    await connection.subscribe(['again/#'], receive)
    const back = broker.nextClient()
    broker.cut()
    await back
    // SUBACK of the second subscription has no witness here: publish until it stands.
    const publishing = setInterval(() => void broker.publish('again/x', 'here'), 20)
    await until(1)
    clearInterval(publishing)
    expect(states).toEqual(['online', 'offline', 'online'])
  })

  test('with `clean: false` it takes a session over without emptying it', async () => {
    const sessions: unknown[] = []
    await using recording = await startScriptedBroker(authorities, (packet, peer) => {
      if (packet.cmd === 'connect') sessions.push(packet.clean)
      obliging(packet, peer)
    })
    await (await connect({ ...options, broker: recording.address })).close()
    await (await connect({ ...options, broker: recording.address, clean: false })).close()
    expect(sessions).toEqual([true, false])
  })

  test('the signal ends it', async () => {
    const abort = new AbortController()
    const connection = await connect({ ...options, clientId: 'op.alice-x', signal: abort.signal })
    abort.abort()
    expect(await connection.closed).toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('what fails is named by its layer', () => {
  test('a name that does not exist', async () => {
    const failure = await failureOf(connect({ ...options, broker: { host: 'broker.invalid', port: 8883 } }))
    expect(failure).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      layer: 'dns',
      exitCode: ExitCode.unreachable,
    })
  })

  test('a port where nothing listens', async () => {
    const server = await listening(() => {})
    const { port } = server.address() as AddressInfo
    server.close()
    const failure = await failureOf(connect({ ...options, broker: { host: 'localhost', port } }))
    expect(failure).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      layer: 'tcp',
      hint: expect.stringContaining('up'),
    })
  })

  test('a port that speaks no TLS', async () => {
    const server = await listening((socket) => socket.end('220 mail.example ESMTP\r\n'))
    const failure = await failureOf(connect({ ...options, broker: addressOf(server) }))
    server.close()
    expect(failure).toMatchObject({ code: 'BROKER_TLS', layer: 'tls', exitCode: ExitCode.unreachable })
  })

  test('a port that says nothing', async () => {
    const sockets: Socket[] = []
    const server = await listening((socket) => sockets.push(socket))
    const failure = await failureOf(connect({ ...options, broker: addressOf(server), within: 300 }))
    for (const socket of sockets) socket.destroy()
    server.close()
    expect(failure).toMatchObject({ code: 'BROKER_SILENT', layer: 'tls', exitCode: ExitCode.timedOut })
  })

  test('a broker that never sends CONNACK', async () => {
    await using mute = await startScriptedBroker(authorities, () => {})
    const failure = await failureOf(connect({ ...options, broker: mute.address, within: 300 }))
    expect(failure).toMatchObject({ code: 'BROKER_SILENT', layer: 'mqtt' })
  })

  test("another fleet's broker", async () => {
    const other = await createTestAuthorities('other')
    const { anchor } = other.issue('operator', 'op.alice')
    const failure = await failureOf(connect({ ...options, credential: { ...options.credential, anchor } }))
    expect(failure).toMatchObject({
      code: 'BROKER_UNTRUSTED',
      layer: 'certificate',
      exitCode: ExitCode.verification,
    })
  })

  test('a certificate that carries another name', async () => {
    const server = authorities.issueServer(['mqtt.acme.example'])
    await using named = await startScriptedBroker({ ...authorities, server }, obliging)
    for (const host of ['localhost', '127.0.0.1']) {
      const failure = await failureOf(connect({ ...options, broker: { ...named.address, host } }))
      expect(failure).toMatchObject({ code: 'BROKER_NAME', exitCode: ExitCode.verification })
      expect(failure.message).toContain(host)
    }
  })

  test('a certificate of ours that has expired', async () => {
    const credential = authorities.issue('operator', 'op.late', {
      notBefore: Date.now() - 2 * DAY,
      notAfter: Date.now() - DAY,
    })
    const failure = await failureOf(connect({ ...options, credential }))
    expect(failure).toMatchObject({
      code: 'BROKER_REFUSED',
      layer: 'certificate',
      exitCode: ExitCode.refused,
    })
  })

  test('a certificate from elsewhere', async () => {
    const other = await createTestAuthorities('other')
    const { key, chain } = other.issue('operator', 'op.alice')
    const failure = await failureOf(
      connect({ ...options, credential: { ...options.credential, key, chain } }),
    )
    expect(failure).toMatchObject({ code: 'BROKER_REFUSED', exitCode: ExitCode.refused })
  })

  test('a broker that closes right after the handshake', async () => {
    await using closing = await startScriptedBroker(authorities, (_, peer) => peer.socket.destroy())
    const failure = await failureOf(connect({ ...options, broker: closing.address }))
    expect(failure).toMatchObject({ code: 'BROKER_REFUSED', exitCode: ExitCode.refused })
  })

  test('a CONNACK that refuses', async () => {
    await using strict = await startScriptedBroker(authorities, (_, peer) =>
      peer.send({ cmd: 'connack', returnCode: 5, sessionPresent: false }),
    )
    const failure = await failureOf(connect({ ...options, broker: strict.address }))
    expect(failure).toMatchObject({ code: 'BROKER_REFUSED', layer: 'mqtt', exitCode: ExitCode.refused })
  })

  test('bytes that are not MQTT', async () => {
    await using odd = await startScriptedBroker(authorities, (_, peer) =>
      peer.socket.write('HTTP/1.1 400\r\n\r\n'),
    )
    const failure = await failureOf(connect({ ...options, broker: odd.address }))
    expect(failure).toMatchObject({ code: 'BROKER_PROTOCOL', layer: 'mqtt' })
  })

  test('a key that cannot be read, without showing it', async () => {
    const credential = { ...options.credential, key: 'secret words' }
    const failure = await failureOf(connect({ ...options, credential }))
    expect(failure).toMatchObject({ code: 'CREDENTIAL_BROKEN', exitCode: ExitCode.usage })
    expect(JSON.stringify([failure.message, failure.hint])).not.toContain('secret words')
  })

  test('a signal that comes while connecting', async () => {
    const server = await listening(() => {})
    const abort = new AbortController()
    const connecting = failureOf(connect({ ...options, broker: addressOf(server), signal: abort.signal }))
    setTimeout(() => abort.abort(), 50)
    expect(await connecting).toMatchObject({ code: 'INTERRUPTED' })
    server.close()
  })
})

/** A service that answers `ping`, and refuses everything else. */
async function serve(): Promise<Connection> {
  const service = await connect({ ...options, clientId: 'svc.broker' })
  await service.subscribe(['ctl/acme/broker/+/request'], ({ topic, payload }) => {
    const { id, name } = JSON.parse(Buffer.from(payload).toString()) as { id: string; name: string }
    const answer = topic.endsWith('/ping/request')
      ? { id, hello: name }
      : { id, error: { code: 'VERB_UNKNOWN', message: 'No such verb.' } }
    const response = topic.replace(/request$/, 'response')
    void service.publish(response, 'not JSON')
    void service.publish(response, JSON.stringify({ id: 'of somebody else' }))
    void service.publish(response, JSON.stringify(answer))
  })
  return service
}

describe('request', () => {
  test('resolves with the answer to it, among others', async () => {
    await using _service = await serve()
    await using connection = await connect({ ...options, clientId: 'op.asking' })
    const ask = (name: string) =>
      request(connection, { fleet: 'acme', role: 'broker', verb: 'ping', body: { name }, within: 3000 })
    const answers = await Promise.all([ask('a'), ask('b'), ask('c')])
    expect(answers.map((answer) => answer['hello'])).toEqual(['a', 'b', 'c'])
  })

  test("the service's refusal is an error with its code", async () => {
    await using _service = await serve()
    await using connection = await connect({ ...options, clientId: 'op.asking' })
    const asking = request(connection, { fleet: 'acme', role: 'broker', verb: 'dance', within: 3000 })
    await expect(asking).rejects.toMatchObject({ code: 'VERB_UNKNOWN', exitCode: ExitCode.refused })
  })

  test('no answer is a time-out that names the service', async () => {
    await using connection = await connect({ ...options, clientId: 'op.asking' })
    const asking = request(connection, { fleet: 'acme', role: 'ingest', verb: 'ping', within: 200 })
    await expect(asking).rejects.toMatchObject({
      code: 'SERVICE_SILENT',
      message: expect.stringContaining('ingest'),
      exitCode: ExitCode.timedOut,
    })
  })
})

async function listening(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function addressOf(server: Server) {
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}
