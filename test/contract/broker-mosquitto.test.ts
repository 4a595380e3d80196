import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aborted } from '../../src/lib/base/aborted.ts'
import { poll } from '../../src/lib/base/retry.ts'
import type { Admission, BrokerEvent, ServedBroker } from '../../src/lib/broker/broker.ts'
import { writeMosquittoFolder } from '../../src/lib/broker/mosquitto/folder.ts'
import { startMosquitto } from '../../src/lib/broker/mosquitto/mosquitto.ts'
import { reloadMosquitto } from '../../src/lib/broker/mosquitto/reload.ts'
import { runningMosquitto } from '../../src/lib/broker/mosquitto/running.ts'
import { type Connection, connect } from '../../src/lib/mqtt/connection.ts'
import { DurableConsumer } from '../../src/lib/mqtt/durable-consumer.ts'
import { openSession } from '../../src/lib/mqtt/open-session.ts'
import { telemetryFilters } from '../../src/lib/mqtt/topics.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { mosquittoBinary, mosquittoMissing } from '../support/mosquitto.ts'

/** What only mosquitto promises: a process that is watched, and files that somebody else runs one from. */
describe.skipIf(mosquittoMissing())('mosquitto', () => {
  let authorities: TestAuthorities
  let folder: string
  let ports: { readonly port: number; readonly staffPort: number }
  let events: BrokerEvent[]
  let log: string[]

  beforeAll(async () => {
    authorities = await createTestAuthorities()
  })
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-mosquitto-'))
    ports = { port: await freePort(), staffPort: await freePort() }
    events = []
    log = []
  })
  afterEach(async () => {
    const pid = await runningMosquitto(folder)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await rm(folder, { recursive: true })
  })

  const evictor = () => ({ name: 'svc.broker', credential: authorities.issue('service', 'svc.broker') })
  const admission = (barred: readonly string[] = []): Admission => ({
    trust: authorities.trust(),
    barred,
    operators: ['op.alice'],
  })
  const settings = () => ({
    ...{ fleet: 'acme', bind: '127.0.0.1', ...ports, clientId: 'cn' as const },
    ...{ admission: admission(), folder },
  })
  const options = () => ({
    ...settings(),
    ...{ binary: mosquittoBinary()!, evictor: evictor(), host: '127.0.0.1' },
  })
  const start = (): Promise<ServedBroker> =>
    startMosquitto({ ...options(), onEvent: (event) => events.push(event), onLog: (line) => log.push(line) })
  const device = (id: string): Promise<Connection> =>
    connect({
      broker: { host: '127.0.0.1', port: ports.port },
      ...{ credential: authorities.issue('device', id), clientId: id, clean: false, within: 3000 },
    })
  const isGone = async (pid: number): Promise<void> => {
    const gone = async () => ((await runningMosquitto(folder)) === pid ? undefined : true)
    expect(await poll(gone, { within: 5000 })).toBe(true)
  }

  describe('as our child', () => {
    test('what a device sends before anybody consumes is kept, from the first moment on and after any death', async () => {
      const session = {
        broker: { host: '127.0.0.1', port: ports.staffPort },
        ...{ credential: authorities.issue('service', 'svc.ingest'), clientId: 'svc.ingest-acme' },
        filters: telemetryFilters('acme'),
      }
      const run = () =>
        startMosquitto({
          ...options(),
          openSessions: (_, signal) => openSession(session, signal),
          onEvent: () => {},
        })
      const send = async (text: string): Promise<void> => {
        const welcome = () => device('p1').catch(() => undefined)
        await using connection = await poll(welcome, { within: 10_000, every: 5 })
        await connection!.publish('dt/acme/p1', text)
      }
      await (await run())[Symbol.asyncDispose]()
      await using broker = await run()
      await send('first')
      const kept: string[] = []
      const taken = async (text: string): Promise<void> => {
        await using one = new DurableConsumer(session)
        await one.start((messages) => {
          for (const message of messages) {
            kept.push(Buffer.from(message.payload).toString())
            message.acknowledge()
          }
        })
        expect(await poll(async () => kept.includes(text) || undefined, { within: 5000 })).toBe(true)
      }
      await taken('first')
      const kill = async () => process.kill((await runningMosquitto(folder))!, 'SIGKILL')
      await kill()
      await send('second')
      await taken('second')
      await rm(path.join(folder, 'mosquitto.db'))
      await kill()
      await send('third')
      await taken('third')
      for (const text of ['fourth', 'fifth', 'sixth']) await send(text)
      await broker[Symbol.asyncDispose]()
      await using _ = await run() // what waits in the session does not keep it from being opened
      await taken('sixth')
      expect(kept).toEqual(['first', 'second', 'third', 'fourth', 'fifth', 'sixth'])
    })

    test('ends also while it is started again, and nothing runs afterwards', async () => {
      const opening = Promise.withResolvers<void>()
      let starts = 0
      const openSessions = async (_: unknown, signal: AbortSignal): Promise<void> => {
        if (++starts === 1) return
        opening.resolve()
        await aborted(signal)
      }
      const broker = await startMosquitto({
        ...options(),
        openSessions,
        onEvent: () => {},
        onLog: (line) => log.push(line),
      })
      await rm(path.join(folder, 'mosquitto.db'))
      process.kill((await runningMosquitto(folder))!, 'SIGKILL')
      await opening.promise
      await broker[Symbol.asyncDispose]()
      expect(await runningMosquitto(folder)).toBeUndefined()
      expect(log).toHaveLength(1) // of the death that was meant
    })

    test('is started again when it dies, and says so', async () => {
      await using broker = await start()
      const live = await device('p1')
      await until(() => broker.connections() === 1)
      process.kill((await runningMosquitto(folder))!, 'SIGKILL')
      await live.closed
      await until(() => log.some((line) => line.includes('SIGKILL')))
      await until(async () => {
        const again = await device('p1').catch(() => undefined)
        await again?.close()
        return again !== undefined
      })
      expect(events.slice(0, 2)).toEqual([
        { event: 'connected', client: 'p1', kind: 'device' },
        { event: 'disconnected', client: 'p1', kind: 'device', reason: 'broker' },
      ])
    })

    test('that keeps dying is given up', async () => {
      await using broker = await start()
      let dead = false
      void broker.failed.then(() => (dead = true))
      await until(async () => {
        const pid = await runningMosquitto(folder)
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
        return dead
      }, 30_000)
      expect(await broker.failed).toMatchObject({ code: 'BROKER_DIED' })
    })

    test('ends with us, and what it keeps is kept', async () => {
      const broker = await start()
      const pid = (await runningMosquitto(folder))!
      await broker[Symbol.asyncDispose]()
      await isGone(pid)
      expect(existsSync(path.join(folder, 'mosquitto.db'))).toBe(true)
    })

    test.skipIf(process.platform !== 'linux')('ends with us even when we are killed', async () => {
      const file = path.join(folder, 'settings.json')
      await writeFile(file, JSON.stringify(options()))
      const script = path.resolve(import.meta.dirname, '../support/mosquitto-parent.ts')
      const parent = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(parent.stdout, 'data')
      const pid = (await runningMosquitto(folder))!
      expect(pid).toBeGreaterThan(0)
      await (await device('p1')).close() // before its main loop it forgets that it is to end
      parent.kill('SIGKILL')
      await isGone(pid)
    })

    test('takes the place of one that was left behind', async () => {
      await writeMosquittoFolder({ ...settings(), user: userInfo().username })
      await run(folder)
      const before = await runningMosquitto(folder)
      await using _broker = await start()
      expect(await runningMosquitto(folder)).not.toBe(before)
      await (await device('p1')).close()
    })

    test('says which ports are in question when one is taken', async () => {
      const other = createServer().listen(ports.staffPort, '127.0.0.1')
      await once(other, 'listening')
      await expect(start()).rejects.toMatchObject({ code: 'BROKER_PORT', message: /in use already/ })
      other.close()
    })

    test('that cannot be run says what is to be done', async () => {
      const missing = startMosquitto({ ...options(), binary: '/nowhere/mosquitto', onEvent: () => {} })
      await expect(missing).rejects.toMatchObject({ code: 'BROKER_START' })
    })

    test('cannot hold client ids to a prefix, nor take any free port', async () => {
      const rule = startMosquitto({ ...options(), clientId: 'prefix', onEvent: () => {} })
      await expect(rule).rejects.toMatchObject({ code: 'CLIENT_ID_RULE', exitCode: 2 })
      const port = startMosquitto({ ...options(), port: 0, onEvent: () => {} })
      await expect(port).rejects.toMatchObject({ code: 'BROKER_PORT', exitCode: 2 })
    })
  })

  describe('that somebody else runs', () => {
    const reload = (barred: readonly string[]) => {
      const staff = { host: '127.0.0.1', port: ports.staffPort }
      return reloadMosquitto({
        folder,
        fleet: 'acme',
        admission: admission(barred),
        staff,
        evictor: evictor(),
      })
    }

    test('serves from the folder; keys are for its user alone', async () => {
      const files = await writeMosquittoFolder({ ...settings(), user: userInfo().username })
      expect(files.toSorted()).toEqual((await readdir(folder)).toSorted())
      expect((await stat(path.join(folder, 'server.key.pem'))).mode & 0o777).toBe(0o600)
      await run(folder)
      await (await device('p1')).close()
    })

    test('ends the session of who is blocked, once, and finds the process without its pid file', async () => {
      await writeMosquittoFolder({ ...settings(), user: userInfo().username })
      await run(folder)
      await rm(path.join(folder, 'mosquitto.pid'))
      const [out, stays] = [await device('p1'), await device('p2')]
      expect(await reload(['p1'])).toEqual(['p1'])
      await out.closed
      expect(await reload(['p1'])).toEqual([])
      await stays.publish('dt/acme/p2', 'still here')
      await stays.close()
    })

    test('and is down is said; its rules are written, and whoever was to be evicted is so by the next call', async () => {
      await writeMosquittoFolder({ ...settings(), user: userInfo().username })
      await expect(reload(['p1'])).rejects.toMatchObject({ code: 'BROKER_DOWN', exitCode: 10 })
      await run(folder)
      expect(await reload(['p1'])).toEqual(['p1'])
    })
  })

  async function run(from: string): Promise<ChildProcess> {
    const child = spawn(mosquittoBinary()!, ['-c', path.join(from, 'mosquitto.conf')], { stdio: 'ignore' })
    await until(async () => {
      const connection = await device('probe').catch(() => undefined)
      await connection?.close()
      return connection !== undefined
    })
    return child
  }
})

async function until(done: () => boolean | Promise<boolean>, within = 10_000): Promise<void> {
  expect(await poll(async () => (await done()) || undefined, { within, every: 20 })).toBe(true)
}
