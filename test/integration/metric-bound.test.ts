import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import { EmbeddedSource } from '../../src/lib/service/embedded-source.ts'
import { Ingest } from '../../src/lib/telemetry/ingest.ts'
import { boundedWrite } from '../../src/lib/telemetry/metric-bound.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'

test('a device that makes names up is stopped at its bound; others, and what it has, are stored', async () => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-ingest-'))
  cleanup.defer(() => rm(folder, { recursive: true }))
  const state = cleanup.use(
    await openSqliteState({ stateFile: path.join(folder, 'state.db'), migrate: true }),
  )
  const files = { folder: path.join(folder, 'telemetry'), sync: 'normal', readOnly: false } as const
  const store = cleanup.use(await openSqliteTelemetry(files))
  const source = new EmbeddedSource()
  const bounded = { ...store, write: boundedWrite(store, 3) }
  const ingest = cleanup.use(
    new Ingest({ fleet: 'acme', source, store: bounded, sink: state, retention: 86_400_000 }),
  )
  await ingest.start()
  const offer = (topic: string, payload: string) =>
    source.offer({ topic, payload: Buffer.from(payload), arrivedAt: Date.now() })
  const invented = Array.from({ length: 3000 }, (_, n) => offer('dt/acme/p1', `{"flow":${n},"n${n}":1}`))
  await Promise.all([...invented, offer('dt/acme/p2', '{"flow":1}')])
  await offer('dt/acme/p1', '{"flow":42}')
  const stored = (await store.latest({})).map(({ device, metric }) => `${device} ${metric}`)
  expect(stored).toEqual(['p1 flow', 'p1 n0', 'p1 n1', 'p2 flow'])
  expect(ingest.stats()).toMatchObject({ acknowledged: 3002, rejected: { metrics: 2998 } })
  const [letter] = await state.deadLetters({ reason: 'metrics', limit: 1 })
  expect(letter).toMatchObject({ device: 'p1', detail: expect.stringContaining('metrics-per-device') })
})
