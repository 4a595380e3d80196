import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { ensureQuestdb } from '../../scripts/services.js'
import { readTextIfPresent, writeFileAtomic } from '../../src/lib/base/files.ts'
import { takeLock } from '../../src/lib/base/process-lock.ts'
import { poll } from '../../src/lib/base/retry.ts'
import { freePort } from './free-port.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
let found: { readonly jar: string | undefined } | undefined

function questdbJar(): string | undefined {
  found ??= { jar: ensureQuestdb(ROOT) }
  return found.jar
}

/** Whether tests of QuestDB are to be skipped. With CI set they are not: without the server they fail. */
export function questdbMissing(): boolean {
  return questdbJar() === undefined && process.env['CI'] === undefined
}

export const USER = 'admin'
export const PASSWORD = 'Of the tests only, 1'

export interface QuestdbPlace {
  readonly folder: string
  readonly port: number
  /** More of server.conf, as `QDB_…`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** For a server that a file of tests kills and hangs: its own, whose tables can be suspended by a statement. */
export async function ownPlace(folder: string): Promise<QuestdbPlace> {
  const settings = { QDB_DEV_MODE_ENABLED: 'true' }
  return { folder: path.join(folder, 'questdb'), port: await freePort(), settings }
}

/** Starts a server; resolves when it answers. The process dies by SIGKILL at any time without harm. */
export async function startQuestdb(place: QuestdbPlace, detached = false): Promise<ChildProcess> {
  const jar = questdbJar()
  if (jar === undefined) throw new Error('There is no QuestDB to test with.')
  mkdirSync(place.folder, { recursive: true })
  const log = openSync(path.join(place.folder, 'log.txt'), 'a')
  const server = spawn('java', ['-p', jar, '-m', 'io.questdb/io.questdb.ServerMain', '-d', place.folder], {
    env: { ...process.env, ...settingsFor(place) },
    stdio: ['ignore', log, log],
    detached,
  })
  closeSync(log)
  const ready = await poll(() => answers(place.port), { within: 30_000, every: 100 })
  if (ready === true) return server
  server.kill('SIGKILL')
  throw new Error(`QuestDB does not answer; ${place.folder}/log.txt says why.`)
}

/** On this machine only, with a password, and nothing that the tests do not use. */
function settingsFor({ port, settings }: QuestdbPlace): Readonly<Record<string, string>> {
  return {
    QDB_HTTP_BIND_TO: `127.0.0.1:${port}`,
    QDB_HTTP_USER: USER,
    QDB_HTTP_PASSWORD: PASSWORD,
    QDB_HTTP_MIN_ENABLED: 'false',
    QDB_PG_ENABLED: 'false',
    QDB_LINE_TCP_ENABLED: 'false',
    QDB_TELEMETRY_ENABLED: 'false',
    QDB_LINE_AUTO_CREATE_NEW_TABLES: 'false',
    QDB_LINE_AUTO_CREATE_NEW_COLUMNS: 'false',
    QDB_CAIRO_WRITER_DATA_APPEND_PAGE_SIZE: '256K',
    QDB_CAIRO_O3_COLUMN_MEMORY_SIZE: '128K',
    QDB_CAIRO_WAL_WRITER_DATA_APPEND_PAGE_SIZE: '256K',
    QDB_HTTP_WORKER_COUNT: '2',
    QDB_SHARED_WORKER_COUNT: '2',
    ...settings,
  }
}

async function answers(port: number): Promise<true | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined)
  return response?.status === 204 || undefined
}

export async function killQuestdb(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exit = once(server, 'exit')
  server.kill('SIGKILL')
  await exit
}

export const QUESTDB_FOLDER = 'FLOTILLA_TEST_QUESTDB'
export const SERVER_FILE = 'server.json'

export interface SharedQuestdb {
  readonly pid: number
  readonly url: string
}

/** Where a store of the run's server is: give each test a fleet of its own. */
export async function sharedQuestdb(): Promise<{ url: string; user: string; password: string }> {
  const folder = process.env[QUESTDB_FOLDER]
  if (folder === undefined) throw new Error('Only a run with questdb-run.ts as its setup has a QuestDB.')
  using _lock = await takeLock(path.join(folder, 'lock'), { what: 'The start of QuestDB', wait: 60_000 })
  const file = path.join(folder, SERVER_FILE)
  const started = await readTextIfPresent(file)
  const { url } =
    started === undefined ? await startShared(folder, file) : (JSON.parse(started) as SharedQuestdb)
  return { url, user: USER, password: PASSWORD }
}

async function startShared(folder: string, file: string): Promise<SharedQuestdb> {
  const port = await freePort()
  const server = await startQuestdb({ folder: path.join(folder, 'data'), port }, true)
  server.unref()
  const shared = { pid: server.pid!, url: `http://127.0.0.1:${port}` }
  await writeFileAtomic(file, JSON.stringify(shared))
  return shared
}

let fleets = 0

/** A fleet that no other test of the run has. */
export function freshFleet(): string {
  return `test_${process.pid}_${fleets++}_${Math.random().toString(36).slice(2, 8)}`
}
