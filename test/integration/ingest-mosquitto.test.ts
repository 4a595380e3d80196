import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { connect } from '../../src/lib/mqtt/connection.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import { createTestAuthorities, type TestAuthorities } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { mosquittoBinary, mosquittoMissing } from '../support/mosquitto.ts'
import { PlainMosquitto } from '../support/plain-mosquitto.ts'
import type { IngestTask } from './ingest-process.ts'

const KILLS = 5
const BURST = 500

describe.skipIf(mosquittoMissing())('kill -9 of ingest behind mosquitto, under load', () => {
  let folder: string
  let authorities: TestAuthorities
  let broker: PlainMosquitto
  let task: IngestTask

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-ingest-'))
    authorities = await createTestAuthorities()
    broker = await PlainMosquitto.start({ binary: mosquittoBinary()!, authorities, port: await freePort() })
    task = {
      broker: broker.address,
      credential: authorities.issue('service', 'svc.ingest'),
      telemetry: path.join(folder, 'telemetry'),
      stateFile: path.join(folder, 'state.db'),
      spool: path.join(folder, 'spool'),
    }
  })
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  async function startIngest(): Promise<ChildProcess> {
    const child = fork(path.join(import.meta.dirname, 'ingest-process.ts'), { stdio: 'inherit' })
    const answers = once(child, 'message')
    child.send(task)
    await answers
    return child
  }

  test('every message is stored once, or kept as a dead letter', async () => {
    await using device = await startDevice()
    for (let round = 0; round < KILLS; round++) {
      const child = await startIngest() // the session stands from the first time on
      const life = sleep(30 + Math.random() * 300).then(() => kill(child))
      for (let burst = 0; burst < 4; burst++) await device.publish()
      await life
      await device.publish() // while nobody ingests
    }
    const last = await startIngest()
    expect(await outcome(device)).toEqual(expected(device.sent()))
    await kill(last)
  })

  test('the same while the store is away and messages wait in the spool, and while they leave it', async () => {
    await using device = await startDevice()
    await kill(await startIngest()) // the store is there
    for (let round = 0; round < KILLS; round++) {
      {
        // Nobody else can write what is newest: the store fails after half of its work.
        using other = new DatabaseSync(path.join(task.telemetry, 'series.db'))
        other.exec('BEGIN IMMEDIATE')
        const child = await startIngest()
        for (let burst = 0; burst < 4; burst++) await device.publish()
        const spooled = await poll(async () => (await bytesOf(task.spool)) > 10_000 || undefined, {
          within: 20_000,
        })
        expect(spooled).toBe(true)
        const life = sleep(Math.random() * 100).then(() => kill(child))
        await device.publish()
        await life
        other.exec('ROLLBACK')
      }
      const draining = await startIngest()
      const life = sleep(Math.random() * 60).then(() => kill(draining))
      await device.publish()
      await life
    }
    const last = await startIngest()
    expect(await outcome(device)).toEqual(expected(device.sent()))
    await poll(async () => (await bytesOf(task.spool)) === 0 || undefined, { within: 10_000 })
    expect(await bytesOf(task.spool)).toBe(0)
    await kill(last)
  })

  /** A device of its own that numbers its messages; every hundredth is broken. */
  async function startDevice() {
    const id = `p${++devices}`
    const connection = await connect({
      broker: broker.address,
      credential: authorities.issue('device', id),
      clientId: id,
    })
    const start = Date.now() - 3_600_000
    let sent = 0
    return {
      id,
      sent: () => sent,
      publish: async (): Promise<void> => {
        const burst = Array.from({ length: BURST }, () => {
          const n = sent++
          const payload = n % 100 === 99 ? `broken ${n}` : `{"ts":${start + n},"n":${n}}`
          return connection.publish(`dt/acme/${id}`, payload)
        })
        await Promise.all(burst)
      },
      [Symbol.asyncDispose]: () => connection.close(),
    }
  }

  interface Outcome {
    readonly stored: readonly (number | undefined)[]
    /** A dead letter has no key to tell a redelivery by: it may be kept twice. */
    readonly kept: ReadonlySet<string>
  }

  function expected(sent: number): Outcome {
    const all = Array.from({ length: sent }, (_, n) => n)
    return {
      stored: all.filter((n) => n % 100 !== 99),
      kept: new Set(all.filter((n) => n % 100 === 99).map((n) => `broken ${n}`)),
    }
  }

  /** What there is of a device once it is as much as there should be, or the time is over. */
  async function outcome({
    id,
    sent,
  }: {
    readonly id: string
    readonly sent: () => number
  }): Promise<Outcome> {
    await using reader = await openSqliteTelemetry({ folder: task.telemetry, sync: 'normal', readOnly: true })
    await using state = await openSqliteState({ stateFile: task.stateFile, migrate: false })
    const look = async (): Promise<Outcome> => {
      const query = { devices: [id], metrics: ['n'], from: 0, to: Number.MAX_SAFE_INTEGER }
      const [series] = await reader.series(query)
      const letters = (await state.deadLetters({ device: id })).map(({ payload }) => Buffer.from(payload))
      return {
        stored: series?.points.map(({ value }) => value) ?? [],
        kept: new Set(letters.map(String)),
      }
    }
    const { stored, kept } = expected(sent())
    const isComplete = (one: Outcome) => one.stored.length === stored.length && one.kept.size === kept.size
    const ask = async () => ((now) => (isComplete(now) ? now : undefined))(await look())
    return (await poll(ask, { within: 20_000, every: 200 })) ?? look()
  }
})

let devices = 0

/** No folder is none. */
async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(path.join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
