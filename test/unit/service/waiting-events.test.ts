import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WaitingEvents } from '../../../src/lib/service/waiting-events.ts'
import type { DeviceEvent } from '../../../src/lib/telemetry/events.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-waiting-'))
})
afterAll(() => rm(folder, { recursive: true }))

const waiting = () => new WaitingEvents(path.join(folder, 'waiting.ndjson'))
const event: fc.Arbitrary<DeviceEvent> = fc.record({
  at: fc.maxSafeNat(),
  device: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  kind: fc.constantFrom('connected' as const, 'disconnected' as const, 'refused' as const, 'gap' as const),
  seq: fc.maxSafeNat(),
  body: fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.integer())),
})

test('what is saved is read back, by nobody else, and is gone when it is cleared', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event), async (events) => {
      await waiting().save(events)
      expect(await waiting().read()).toEqual({ events, damaged: 0 })
    }),
    { numRuns: 30 },
  )
  expect((await stat(waiting().file)).mode & 0o777).toBe(0o600)
  await waiting().clear()
  await waiting().clear()
  expect(await waiting().read()).toEqual({ events: [], damaged: 0 })
})

test('a line that is no event is counted, and the others are read', async () => {
  const good = { at: 1, device: 'p1', kind: 'connected', seq: 0, body: {} }
  const bad = [
    '{"at":1',
    'null',
    '[]',
    JSON.stringify({ ...good, at: 1.5 }),
    JSON.stringify({ ...good, seq: -1 }),
    JSON.stringify({ ...good, kind: 'blocked' }),
    JSON.stringify({ ...good, device: 7 }),
    JSON.stringify({ ...good, body: [] }),
  ]
  await writeFile(waiting().file, [...bad, JSON.stringify(good)].join('\n'))
  expect(await waiting().read()).toEqual({ events: [good], damaged: bad.length })
})

test('whatever the file holds, it is read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await writeFile(waiting().file, bytes)
      expect((await waiting().read()).events).toEqual([])
    }),
    { numRuns: 50 },
  )
})
