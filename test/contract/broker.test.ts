import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import type { RefusedReason } from '../../src/lib/broker/broker.ts'
import type { ClientCredential } from '../../src/lib/mqtt/broker-address.ts'
import type { Connection } from '../../src/lib/mqtt/connection.ts'
import { BROKER_DRIVERS, type BrokerUnderTest, Inbox, startBroker } from '../support/broker-under-test.ts'
import { createTestAuthorities } from '../support/certificates.ts'

const DAY = 86_400_000
/** `#` does not cover `$aws` (MQTT-4.7.2-1). */
const EVERYTHING = ['#', '$aws/#']

/**
 * What every broker of flotilla promises. That something is forbidden is proven by a message that must not arrive at
 * anybody who could receive it, followed by one that must, over the same connections: a dead broker does not pass.
 */
describe.each(BROKER_DRIVERS.filter(({ skip }) => !skip))('the $name broker', (driver) => {
  let broker: BrokerUnderTest
  /** Operator, services and the victim, subscribed to all that they may read. */
  const watchers: Connection[] = []
  const seen = new Inbox()
  let operator: Connection
  let number = 0
  const fresh = (prefix = 'pump'): string => `${prefix}-${++number}`

  beforeAll(async () => {
    broker = await startBroker(driver)
    for (const name of ['op.alice', 'svc.broker', 'svc.shadow', 'svc.jobs', 'svc.health']) {
      watchers.push(await broker.staff(name))
    }
    watchers.push(await broker.device('victim'))
    operator = watchers[0]!
    for (const watcher of watchers) await subscribeToAll(watcher, seen)
  })
  afterAll(async () => {
    for (const watcher of watchers) await watcher.close()
    await broker?.[Symbol.asyncDispose]()
  })

  /**
   * Sends to each watcher something that it must get; when this resolves they have received all that was sent before,
   * because a broker delivers in order.
   */
  const settled = async (device: Connection, id: string): Promise<void> => {
    const text = `settled ${++number}`
    await device.publish(`$aws/things/${id}/shadow/get`, text) // svc.shadow
    await device.publish(`$aws/things/${id}/jobs/get`, text) // op.alice, svc.jobs
    await device.publish(`$aws/things/${id}/defender/metrics/json`, text) // op.alice, svc.health
    await operator.publish('cmd/acme/victim/settle/request', text)
    await operator.publish('ctl/acme/broker/settle/request', text)
    await seen.expect(text, 7)
  }

  describe('a device', () => {
    test.each([
      'dt/acme/ID',
      'dt/acme/ID/a/b',
      '$aws/rules/any/dt/acme/ID/a',
      'presence/acme/ID',
      'cmd/acme/ID/reboot/response',
      '$aws/things/ID/shadow/update',
      '$aws/things/ID/shadow/name/config/get',
      '$aws/things/ID/jobs/start-next',
      '$aws/things/ID/jobs/$next/get',
      '$aws/things/ID/jobs/j1/update',
      '$aws/things/ID/streams/s1/get/cbor',
      '$aws/things/ID/defender/metrics/json',
    ])('publishes to %s', async (pattern) => {
      const id = fresh()
      await using device = await broker.device(id)
      const topic = pattern.replace('ID', id)
      await device.publish(topic, topic)
      await seen.expect(topic)
    })

    test.each([
      ['telemetry of another', 'dt/acme/victim'],
      ['a channel of another', 'dt/acme/victim/a'],
      ['Basic Ingest under a foreign id', '$aws/rules/any/dt/acme/victim'],
      ['presence of another', 'presence/acme/victim'],
      ['an answer of its own shadow', '$aws/things/ID/shadow/update/accepted'],
      ['a delta of its own', '$aws/things/ID/shadow/update/delta'],
      ['an answer of its own named shadow', '$aws/things/ID/shadow/name/config/get/accepted'],
      ['a job for itself', '$aws/things/ID/jobs/notify-next'],
      ['an answer about a job', '$aws/things/ID/jobs/j1/update/accepted'],
      ['a block of a file', '$aws/things/ID/streams/s1/data/cbor'],
      ['an answer to its health report', '$aws/things/ID/defender/metrics/json/accepted'],
      ['a request of another', '$aws/things/victim/shadow/update'],
      ['an answer to another', '$aws/things/victim/shadow/update/accepted'],
      ['a command to another', 'cmd/acme/victim/reboot/request'],
      ['a command to itself', 'cmd/acme/ID/reboot/request'],
      ['a request to a service', 'ctl/acme/broker/reload/request'],
      ['the state of a service', 'ctl/acme/ingest/status'],
    ])('cannot forge %s', async (_, pattern) => {
      const id = fresh()
      await using device = await broker.device(id)
      await subscribeToAll(device, seen)
      await device.subscribe(answersTo(id), seen.receive)
      const topic = pattern.replace('ID', id)
      const text = `forged ${topic}`
      await device.publish(topic, text)
      await device.publish(topic, text, { retain: true })
      await settled(device, id)
      expect(seen.texts).not.toContain(text)
      await using late = await broker.staff('op.bob')
      const retained = new Inbox()
      await subscribeToAll(late, retained)
      await device.publish(`dt/acme/${id}`, 'sentinel')
      await retained.expect('sentinel')
      expect(retained.texts).not.toContain(text)
    })

    test('receives what is for it, and nothing that is for another, whatever it subscribes to', async () => {
      const id = fresh()
      const other = fresh('other')
      await using spy = await broker.device(id)
      await using victim = await broker.device(other)
      await using shadow = await broker.staff('svc.shadow')
      const inbox = new Inbox()
      const snooping = [
        '#',
        '+/acme/#',
        'cmd/#',
        '$aws/#',
        '$aws/things/+/shadow/#',
        `$aws/things/${other}/#`,
      ]
      for (const filter of snooping) await spy.subscribe([filter], inbox.receive).catch(() => {}) // granted or not
      await spy.subscribe(answersTo(id), inbox.receive)
      await victim.publish(`dt/acme/${other}`, 'secret')
      await victim.publish(`presence/acme/${other}`, 'secret', { retain: true })
      await operator.publish(`cmd/acme/${other}/open/request`, 'secret')
      await shadow.publish(`$aws/things/${other}/shadow/update/delta`, 'secret')
      await operator.publish(`cmd/acme/${id}/open/request`, 'own command')
      await shadow.publish(`$aws/things/${id}/shadow/update/delta`, 'own delta')
      await settled(victim, other)
      await inbox.expect('own command')
      await inbox.expect('own delta')
      expect(inbox.texts).not.toContain('secret')
    })

    test('cannot make its will say what it may not', async () => {
      const id = fresh()
      const dieWith = async (topic: string): Promise<void> => {
        const will = { topic, payload: Buffer.from(`will ${topic}`), qos: 1, retain: false } as const
        const client = await mqttJs(broker.served.port, broker.authorities.issue('device', id), id, { will })
        client.stream.destroy()
        await client.endAsync(true)
      }
      const forbidden = ['dt/acme/victim', `$aws/things/${id}/shadow/update/accepted`]
      for (const topic of forbidden) await dieWith(topic)
      await dieWith(`presence/acme/${id}`)
      await seen.expect(`will presence/acme/${id}`)
      for (const topic of forbidden) expect(seen.texts).not.toContain(`will ${topic}`)
    })

    test('with the client id of another neither ends nor drains its session', async () => {
      const id = fresh()
      const credential = broker.authorities.issue('device', id)
      const filters = [`cmd/acme/${id}/+/request`]
      const away = await broker.device(id, { credential, clean: false })
      await away.subscribe(filters, () => {})
      await away.close()
      await operator.publish(`cmd/acme/${id}/open/request`, 'kept')
      const takeOver = async (clean: boolean): Promise<void> => {
        const thief = fresh('thief')
        const loot = new Inbox()
        const taking = broker.device(thief, { clientId: id, clean }).catch(() => undefined) // refused, or renamed
        await (await taking)?.subscribe(filters, loot.receive).catch(() => {})
        await sleep(100)
        await (await taking)?.close()
        expect(loot.texts).not.toContain('kept')
      }
      await takeOver(true)
      await takeOver(false)
      const inbox = new Inbox()
      const owner = await mqttJs(broker.served.port, credential, id, { clean: false, inbox })
      await inbox.expect('kept')
      let ended = false
      owner.on('close', () => (ended = true))
      await takeOver(true)
      await operator.publish(`cmd/acme/${id}/open/request`, 'still here')
      await inbox.expect('still here')
      expect(ended).toBe(false)
      await owner.endAsync(true)
    })

    test('with the name of a service gets nothing on either listener', async () => {
      const credential = broker.authorities.issue('device', 'svc.ingest')
      const loot = new Inbox()
      const impostor = await broker.device('svc.ingest', { credential }).catch(() => undefined)
      if (impostor !== undefined) {
        await subscribeToAll(impostor, loot)
        for (const topic of ['dt/acme/svc.ingest', 'ctl/acme/ingest/status'])
          await impostor.publish(topic, 'forged')
      }
      await expect(broker.staff('svc.ingest', { credential })).rejects.toMatchObject({
        code: 'BROKER_REFUSED',
      })
      const id = fresh()
      await using device = await broker.device(id)
      await device.publish(`dt/acme/${id}`, 'telemetry')
      await settled(device, id)
      expect(loot.texts).toEqual([])
      expect(seen.texts).not.toContain('forged')
      await impostor?.close()
    })
  })

  describe('a certificate', () => {
    /** What the client learns; which check failed is told to the operator, where the broker knows it. */
    const refused = { code: 'BROKER_REFUSED' }
    const hour = 3_600_000

    test.each<[string, RefusedReason, () => Promise<ClientCredential>]>([
      ['that has expired', 'expired', async () => issue(-2 * DAY, -hour)],
      ['that is not yet valid', 'not-yet-valid', async () => issue(hour, DAY)],
      ['for servers', 'wrong-purpose', async () => broker.authorities.issueWrongPurpose('pump-x')],
      ['of an operator', 'wrong-port', async () => broker.authorities.issue('operator', 'op.alice')],
      ['from elsewhere', 'unknown-ca', async () => foreign('other')],
      ['from a CA that only calls itself the same', 'unknown-ca', async () => foreign('acme')],
    ])('%s is refused to a device', async (_, reason, make) => {
      const before = broker.events.length
      const shown = await make()
      const credential = {
        ...broker.authorities.issue('device', 'pump-x'),
        key: shown.key,
        chain: shown.chain,
      }
      await expect(broker.device('pump-x', { credential })).rejects.toMatchObject(refused)
      const told = () => broker.events.slice(before).find((event) => event.event === 'refused')
      const event = await poll(told, { within: 2000, every: 10 })
      expect(event?.reason).toBe(driver.name === 'embedded' ? reason : 'bad-certificate')
      await using _good = await broker.device(fresh())
    })

    test('is asked of everybody', async () => {
      for (const port of [broker.served.port, broker.served.staffPort]) {
        const options = { ca: broker.authorities.server.anchor, reconnectPeriod: 0 }
        const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, options)
        client.on('error', () => {}) // an alert, or only an end
        expect(await firstOf(client)).toBe('close')
        await client.endAsync(true)
      }
    })

    test('of a device is refused to staff', async () => {
      const credential = broker.authorities.issue('device', 'pump-y')
      await expect(broker.staff('pump-y', { credential })).rejects.toMatchObject(refused)
      await using _good = await broker.staff('op.bob')
    })

    const issue = (from: number, to: number): ClientCredential => {
      const now = Date.now()
      return broker.authorities.issue('device', 'pump-x', { notBefore: now + from, notAfter: now + to })
    }
    const foreign = async (fleet: string): Promise<ClientCredential> =>
      (await createTestAuthorities(fleet)).issue('device', 'pump-x')
  })

  describe('somebody who is out', () => {
    test('blocked: the live session ends within 5 s, nothing passes either way; unblocked, all is well', async () => {
      const id = fresh()
      const credential = broker.authorities.issue('device', id)
      const inbox = new Inbox()
      const filters = [`cmd/acme/${id}/+/request`]
      const live = await broker.device(id, { credential, clean: false })
      await live.subscribe(filters, inbox.receive)
      await operator.publish(`cmd/acme/${id}/open/request`, 'before')
      await inbox.expect('before')

      const started = performance.now()
      expect(await broker.admit({ barred: [id] })).toEqual([id])
      await live.closed
      expect(performance.now() - started).toBeLessThan(5000)

      const back = await broker.device(id, { credential, clean: false }).catch(() => undefined)
      await back?.subscribe(filters, inbox.receive).catch(() => {})
      await back?.publish(`dt/acme/${id}`, 'from the blocked').catch(() => {})
      await operator.publish(`cmd/acme/${id}/open/request`, 'to the blocked')
      const other = fresh()
      await using device = await broker.device(other)
      await settled(device, other)
      expect(seen.texts).not.toContain('from the blocked')
      expect(inbox.texts).toEqual(['before'])
      await back?.close()

      expect(await broker.admit({})).toEqual([])
      await using again = await broker.device(id, { credential, clean: false })
      await again.subscribe(filters, inbox.receive)
      await operator.publish(`cmd/acme/${id}/open/request`, 'after')
      await inbox.expect('after')
      await again.publish(`dt/acme/${id}`, 'welcome back')
      await seen.expect('welcome back')
      expect(inbox.texts).toEqual(['before', 'after'])
    })

    test('revoked: the live session ends, and no other begins; others stay', async () => {
      const id = fresh()
      const credential = broker.authorities.issue('device', id)
      const bystander = fresh()
      await using stays = await broker.device(bystander)
      const live = await broker.device(id, { credential })
      expect(await broker.admit({ revoked: [credential] })).toEqual([id])
      await live.closed
      await expect(broker.device(id, { credential })).rejects.toMatchObject({ code: 'BROKER_REFUSED' })
      await using _renewed = await broker.device(id)
      await settled(stays, bystander)
      await broker.admit({})
    })

    test('an operator whose certificate is revoked is out too', async () => {
      const credential = broker.authorities.issue('operator', 'op.bob')
      const live = await broker.staff('op.bob', { credential })
      expect(await broker.admit({ revoked: [credential] })).toEqual(['op.bob'])
      await live.closed
      await expect(broker.staff('op.bob', { credential })).rejects.toMatchObject({ code: 'BROKER_REFUSED' })
      await broker.admit({})
    })
  })

  describe('staff', () => {
    test('operators read telemetry and presence and write commands; services read only what is theirs', async () => {
      const id = fresh()
      await using device = await broker.device(id)
      await using ingest = await broker.staff('svc.ingest')
      await using jobs = await broker.staff('svc.jobs')
      const [ofIngest, ofJobs, ofDevice] = [new Inbox(), new Inbox(), new Inbox()]
      await subscribeToAll(ingest, ofIngest)
      await subscribeToAll(jobs, ofJobs)
      await device.subscribe(answersTo(id), ofDevice.receive)
      const sent = {
        telemetry: `dt/acme/${id}`,
        ingested: `$aws/rules/any/dt/acme/${id}`,
        presence: `presence/acme/${id}`,
        shadow: `$aws/things/${id}/shadow/update`,
        job: `$aws/things/${id}/jobs/get`,
      }
      for (const [text, topic] of Object.entries(sent)) await device.publish(topic, text)
      await operator.publish(`cmd/acme/${id}/open/request`, 'command')
      await ofDevice.expect('command')
      await settled(device, id)
      expect(seen.texts).toEqual(expect.arrayContaining(Object.keys(sent)))
      const ownTexts = (inbox: Inbox): readonly string[] =>
        inbox.texts.filter((text, index) => inbox.topics[index]!.includes(id) && !text.startsWith('settled'))
      expect(ownTexts(ofIngest)).toEqual(['telemetry', 'ingested', 'presence'])
      expect(ownTexts(ofJobs)).toEqual(['job'])
    })

    test('services write only what is theirs', async () => {
      const id = fresh()
      await using device = await broker.device(id)
      await device.subscribe(answersTo(id), seen.receive)
      await using ingest = await broker.staff('svc.ingest')
      const forbidden = [
        `cmd/acme/${id}/open/request`,
        `$aws/things/${id}/shadow/update/delta`,
        `dt/acme/${id}`,
        'ctl/acme/broker/status',
        'ctl/acme/broker/reload/request',
      ]
      for (const topic of forbidden) await ingest.publish(topic, `from ingest: ${topic}`)
      await ingest.publish('ctl/acme/ingest/status', 'ingest is here')
      await settled(device, id)
      expect(seen.texts).toContain('ingest is here')
      expect(seen.texts.filter((text) => text.startsWith('from ingest'))).toEqual([])
    })

    test('nobody may be staff without being an operator or a known service', async () => {
      const loot = new Inbox()
      await using stranger = await broker.staff('svc.unheard-of')
      await subscribeToAll(stranger, loot)
      const id = fresh()
      await using device = await broker.device(id)
      await device.publish(`dt/acme/${id}`, 'telemetry')
      await settled(device, id)
      expect(loot.texts).toEqual([])
    })

    test('retained messages and $aws topics reach who may read them, when they subscribe', async () => {
      const id = fresh()
      await using device = await broker.device(id)
      await device.publish(`presence/acme/${id}`, `online ${id}`, { retain: true })
      await using late = await broker.staff('op.bob')
      const inbox = new Inbox()
      await late.subscribe([`presence/acme/+`], inbox.receive)
      await inbox.expect(`online ${id}`)
    })

    test('MQTT.js, a client that somebody else wrote, is served', async () => {
      const id = fresh()
      const inbox = new Inbox()
      const client = await mqttJs(broker.served.port, broker.authorities.issue('device', id), id, { inbox })
      await client.subscribeAsync(`cmd/acme/${id}/+/request`, { qos: 1 })
      await client.publishAsync(`dt/acme/${id}`, `from MQTT.js ${id}`, { qos: 1 })
      await seen.expect(`from MQTT.js ${id}`)
      await operator.publish(`cmd/acme/${id}/open/request`, 'to MQTT.js')
      await inbox.expect('to MQTT.js')
      await client.endAsync()
    })
  })
})

/** Each filter by itself: a broker may refuse one that is wholly outside. */
async function subscribeToAll(client: Connection, inbox: Inbox): Promise<void> {
  for (const filter of EVERYTHING) await client.subscribe([filter], inbox.receive).catch(() => {})
}

function answersTo(id: string): readonly string[] {
  return [`cmd/acme/${id}/+/request`, `$aws/things/${id}/shadow/update/+`]
}

type MqttJsOptions = Pick<IClientOptions, 'will' | 'clean'> & { readonly inbox?: Inbox }

async function mqttJs(
  port: number,
  { key, chain, anchor }: ClientCredential,
  clientId: string,
  { inbox, ...options }: MqttJsOptions = {},
): Promise<MqttClient> {
  const tls = { key, cert: chain, ca: anchor }
  const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, {
    ...tls,
    ...options,
    clientId,
    reconnectPeriod: 0,
  })
  client.on('message', (topic, payload, { retain }) => inbox?.receive({ topic, payload, retained: retain }))
  expect(await firstOf(client)).toBe('connect')
  return client
}

function firstOf(client: MqttClient): Promise<'connect' | 'close'> {
  return new Promise((resolve) => {
    client.once('connect', () => resolve('connect'))
    client.once('close', () => resolve('close'))
  })
}
