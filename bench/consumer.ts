import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import type { ClientCredential } from '../src/lib/mqtt/broker-address.ts'
import { DurableConsumer } from '../src/lib/mqtt/durable-consumer.ts'
import { createTestAuthorities } from '../test/support/certificates.ts'

/**
 * The durable consumer against MQTT.js, both at QoS 1 over mutual TLS from the same firehose: messages a second and
 * CPU-seconds a million, of the consuming process alone. `node bench/consumer.ts [seconds]`
 */
const seconds = Number(process.argv[2] ?? 3)

const authorities = await createTestAuthorities()
const credential = authorities.issue('service', 'svc.ingest')
const firehose = fork(new URL('./firehose.ts', import.meta.url))
firehose.send({ server: authorities.server, trust: authorities.staffTrust })
const [{ port }] = (await once(firehose, 'message')) as [{ port: number }]

const ours = await durable(port, credential)
const theirs = await mqttJs(port, credential)
firehose.kill()
console.table({ 'durable consumer': ours, 'MQTT.js': theirs })
console.log(`CPU per message: ${(ours.cpuPerMillion / theirs.cpuPerMillion).toFixed(2)} × MQTT.js`)

interface Figures {
  readonly perSecond: number
  readonly cpuPerMillion: number
}

/** Acknowledges in batches, as ingest does after a flush. */
async function durable(port: number, credential: ClientCredential): Promise<Figures> {
  const broker = { host: '127.0.0.1', port }
  await using consumer = new DurableConsumer({ broker, credential, clientId: 'bench', filters: ['#'] })
  let received = 0
  await consumer.start((messages) => {
    received += messages.length
    setImmediate(() => {
      for (const message of messages) message.acknowledge()
    })
  })
  return await measure(() => received) // not without await: the consumer would be disposed first
}

async function mqttJs(port: number, { key, chain, anchor }: ClientCredential): Promise<Figures> {
  const options = {
    host: '127.0.0.1',
    port,
    key,
    cert: chain,
    ca: anchor,
    log: () => {},
    protocolVersion: 5 as const,
  }
  const client = mqtt.connect({ ...options, protocol: 'mqtts' })
  let received = 0
  client.on('message', () => received++)
  await client.subscribeAsync('#', { qos: 1 })
  const figures = await measure(() => received)
  await client.endAsync(true)
  return figures
}

async function measure(received: () => number): Promise<Figures> {
  await sleep(500)
  const [before, cpu, start] = [received(), process.cpuUsage(), performance.now()]
  await sleep(seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const messages = received() - before
  return {
    perSecond: Math.round((messages / (performance.now() - start)) * 1000),
    cpuPerMillion: Number(((user + system) / messages).toFixed(2)),
  }
}
