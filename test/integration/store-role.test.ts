import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { parseConfig } from '../../src/lib/fleet/config.ts'
import { configText } from '../../src/lib/fleet/config-text.ts'
import { FleetDirectory } from '../../src/lib/fleet/directory.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { openSqliteRegistry } from '../../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { State } from '../../src/lib/registry/state.ts'
import type { ServiceEvent } from '../../src/lib/service/events.ts'
import { type RunningStoreRole, startStoreRole } from '../../src/lib/service/store-role.ts'
import { QuestdbServer } from '../../src/lib/telemetry/questdb/server.ts'
import { openQuestdbTelemetry } from '../../src/lib/telemetry/questdb/store.ts'
import {
  freshFleet,
  killQuestdb,
  ownPlace,
  PASSWORD,
  type QuestdbPlace,
  questdbMissing,
  startQuestdb,
  USER,
} from '../support/questdb.ts'

/** What stands beside ingest: events, and how the store is; on a QuestDB that comes and goes. */
describe.skipIf(questdbMissing())('the store of a running fleet', () => {
  let folder: string
  let place: QuestdbPlace
  let server: ChildProcess
  let direct: QuestdbServer
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-store-role-'))
    place = await ownPlace(folder)
    server = await startQuestdb(place)
    direct = new QuestdbServer(address())
    process.env['FLOTILLA_STORE_PASSWORD'] = PASSWORD
  })
  afterAll(async () => {
    delete process.env['FLOTILLA_STORE_PASSWORD']
    await direct[Symbol.asyncDispose]()
    await killQuestdb(server)
    await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 100 })
  })

  let name: string
  let said: ServiceEvent[]
  let registry: Registry
  let state: State
  beforeEach(async () => {
    name = freshFleet()
    said = []
    const [registryFile, stateFile] = ['r', 's'].map((kind) => path.join(folder, `${name}.${kind}.db`))
    state = await openSqliteState({ stateFile: stateFile!, migrate: true })
    registry = await openSqliteRegistry({ registryFile: registryFile!, stateFile: stateFile!, migrate: true })
    await registry.change('op.alice', { action: 'test', subject: name }, (write) =>
      write.addDevices(['p1', 'p2'].map((id) => ({ id, life: 'issued', tags: {} }))),
    )
  })
  afterEach(async () => {
    await registry[Symbol.asyncDispose]()
    await state[Symbol.asyncDispose]()
  })

  function address() {
    return { url: `http://127.0.0.1:${place.port}`, user: USER, password: PASSWORD, timeout: 2000 }
  }

  async function start(url = address().url): Promise<RunningStoreRole> {
    const store = { kind: 'questdb', url, user: USER } as const
    const choices = {
      name,
      brokerKind: 'embedded',
      hosts: ['localhost'],
      port: 1,
      staffPort: 2,
      store,
    } as const
    const config = parseConfig(configText(choices), 'fleet.yaml')
    const running = await startStoreRole(
      { config, registry: async () => registry, directory: new FleetDirectory(path.join(folder, name)) },
      { state, emit: (event) => void said.push(event) },
    )
    return running!
  }

  async function events(): Promise<readonly unknown[]> {
    const { dataset } = await direct.query(`SELECT device, kind, body FROM ${name}_events ORDER BY ts, kind`)
    return dataset
  }

  async function until(count: number): Promise<readonly unknown[]> {
    const enough = async () => {
      const found = await events().catch(() => [])
      return found.length >= count ? found : undefined
    }
    const found = await poll(enough, { within: 15_000, every: 100 })
    if (found !== undefined) return found
    throw new Error(`There are no ${count} events: ${JSON.stringify(await events())}`)
  }

  /** What the role says is wrong, as soon as it is something with this text. */
  async function failing(role: RunningStoreRole, text: string): Promise<string | undefined> {
    await poll(() => role.role().failing?.includes(text) || undefined, { within: 15_000 })
    return role.role().failing
  }

  /** Undefined, as soon as nothing is wrong. */
  async function wrong(role: RunningStoreRole): Promise<string | undefined> {
    await poll(() => role.role().failing === undefined || undefined, { within: 15_000 })
    return role.role().failing
  }

  const block = (id: string, blocked: boolean) =>
    registry.change(
      'op.alice',
      { action: blocked ? 'device.block' : 'device.unblock', subject: id, details: { devices: [id] } },
      (write) => write.setBlocked([id], blocked),
    )

  test('what devices and operators do is written, each once', async () => {
    await using role = await start()
    role.take({ event: 'connected', client: 'p1', kind: 'device' })
    await state.noteSeen([{ device: 'p1', at: Date.now(), messages: 0 }])
    await until(2)
    role.take({ event: 'disconnected', client: 'p1', kind: 'device', reason: 'lost' })
    role.take({ event: 'refused', identity: 'p2', reason: 'expired', address: '10.0.0.9' })
    role.take({ event: 'refused', identity: 'nobody', reason: 'expired', address: '10.0.0.9' })
    await state.noteSeen([{ device: 'p1', at: Date.now(), messages: 1 }])
    await block('p2', true)
    await block('p2', false)
    const found = await until(7)
    expect(found).toHaveLength(7)
    expect(found).toEqual(
      expect.arrayContaining([
        ['p1', 'connected', null],
        ['p1', 'delivered', null],
        ['p1', 'disconnected', '{"reason":"lost"}'],
        ['p2', 'refused', '{"reason":"expired","address":"10.0.0.9"}'],
        ['p1', 'reported', null],
        ['p2', 'blocked', '{"by":"op.alice"}'],
        ['p2', 'unblocked', '{"by":"op.alice"}'],
      ]),
    )
    expect(await state.firsts({ limit: 9 })).toEqual([])
  })

  test('what operators did while no service ran is written by the next, and never twice', async () => {
    await block('p1', true)
    {
      await using _ = await start()
      await until(1)
    }
    await block('p1', false)
    await using _ = await start()
    expect(await until(2)).toEqual([
      ['p1', 'blocked', '{"by":"op.alice"}'],
      ['p1', 'unblocked', '{"by":"op.alice"}'],
    ])
  })

  test('while the store is away events wait; what does not fit is counted and stands as a gap', async () => {
    await using role = await start()
    role.take({ event: 'connected', client: 'p1', kind: 'device' })
    await until(1)
    await killQuestdb(server)
    const text = 'cannot be reached'
    expect(await failing(role, text)).toContain(text)
    await block('p2', true)
    for (let n = 0; n < 10_050; n++) role.take({ event: 'connected', client: 'p2', kind: 'device' })
    expect(role.role().lost).toEqual({ count: 50, at: expect.any(Number) })
    server = await startQuestdb(place)
    expect(await wrong(role)).toBeUndefined()
    await until(1 + 1 + 10_000 + 1)
    const { dataset } = await direct.query(`SELECT kind, count() FROM ${name}_events ORDER BY kind`)
    expect(dataset).toEqual([
      ['blocked', 1],
      ['connected', 10_001],
      ['gap', 1],
    ])
    const gap = await direct.query(`SELECT body FROM ${name}_events WHERE kind = 'gap'`)
    expect(JSON.parse(String(gap.dataset[0]![0]))).toMatchObject({ lost: 50 })
  })

  test('what waits when the end comes is sent by the next, each once, with what was looked up last', async () => {
    await killQuestdb(server)
    const file = new FleetDirectory(path.join(folder, name)).waitingEvents
    {
      await using role = await start()
      role.take({ event: 'connected', client: 'p1', kind: 'device' })
      role.take({ event: 'refused', identity: 'p2', reason: 'expired', address: '10.0.0.9' })
      expect(await failing(role, 'cannot be reached')).toBeDefined()
    }
    const kept = await readFile(file, 'utf8')
    expect(kept.trim().split('\n')).toHaveLength(2)
    {
      await using role = await start()
      role.take({ event: 'disconnected', client: 'p1', kind: 'device', reason: 'lost' })
    }
    server = await startQuestdb(place)
    {
      await using _ = await start()
      expect((await until(3)).map((row) => (row as readonly unknown[])[1])).toEqual([
        'connected',
        'refused',
        'disconnected',
      ])
    }
    expect(existsSync(file)).toBe(false)
    // Killed between the store's answer and the end of the file: they come again.
    await writeFile(file, kept)
    {
      await using _ = await start()
      await poll(() => !existsSync(file) || undefined, { within: 15_000 })
    }
    expect(await until(3)).toHaveLength(3)
    expect(said).toEqual([])
  })

  test('a store that is away does not hold up the end', async () => {
    const role = await start()
    server.kill('SIGSTOP')
    for (let n = 0; n < 10; n++) role.take({ event: 'connected', client: 'p1', kind: 'device' })
    const started = performance.now()
    await role[Symbol.asyncDispose]()
    server.kill('SIGCONT')
    expect(performance.now() - started).toBeLessThan(4000)
  })

  test('a suspended table is told although nothing arrives, with what to do and what becomes of telemetry', async () => {
    await using store = await openQuestdbTelemetry({
      ...address(),
      fleet: name,
      retention: 30 * 86_400_000,
      readOnly: false,
    })
    await store.stats()
    await using role = await start()
    await block('p1', true)
    await until(1)
    const resume = (table: string) => `ALTER TABLE ${name}_${table} RESUME WAL`
    await direct.query(`ALTER TABLE ${name}_events SUSPEND WAL`)
    const events = `then run there: ${resume('events')}. Telemetry is stored all the same. Events wait`
    expect(await failing(role, events)).toContain(events)
    await direct.query(`ALTER TABLE ${name}_measurements SUSPEND WAL`)
    const both = await failing(role, resume('measurements'))
    expect(both).toContain(`then run there: ${resume('measurements')}`)
    expect(both).not.toContain('Telemetry is stored')
    for (const table of ['measurements', 'events']) await direct.query(resume(table))
    expect(await wrong(role)).toBeUndefined()
  })

  test.each([
    ['an error of its own', 500, '{"error":"boom"}', 'failed (500): boom. Its log says more.'],
    ['a full disk', 500, '{"error":"could not append [errno=28]"}', 'Make room on its disk.'],
    ['no room for us', 403, '', 'does not let us in (403). Set store.user in fleet.yaml'],
  ])('a server that answers with %s is told so, with what to do', async (_, status, body, text) => {
    const http = createServer((_request, response) => response.writeHead(status).end(body))
    await once(http.listen(0, '127.0.0.1'), 'listening')
    {
      await using role = await start(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
      expect(await failing(role, text)).toContain(text)
    }
    http.close()
  })

  test('a server that hangs is told, and work goes on when it does', async () => {
    await using role = await start()
    server.kill('SIGSTOP')
    const text = 'did not answer in time'
    expect(await failing(role, text)).toContain(text)
    server.kill('SIGCONT')
    expect(await wrong(role)).toBeUndefined()
  })
})
