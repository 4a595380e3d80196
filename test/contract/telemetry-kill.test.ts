import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Measurement } from '../../src/lib/telemetry/measurement.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import { batchOf } from './telemetry-batches.ts'

const KILLS = 8

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-telemetry-kill-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('kill -9 of the writer at any moment loses nothing that was acknowledged', async () => {
  let acknowledged = -1
  for (let kill = 0; kill < KILLS; kill++) {
    acknowledged = await writeUntilKilled(acknowledged + 1)
    expect(await missing(acknowledged)).toEqual([])
  }
})

/** Answers the last batch that the process said was safe before it was killed. */
async function writeUntilKilled(first: number): Promise<number> {
  const program = path.join(import.meta.dirname, 'telemetry-writer-process.ts')
  const child: ChildProcess = spawn(process.execPath, [program, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = first - 1
  const enough = first + Math.floor(Math.random() * 4)
  const begun = Promise.withResolvers<void>()
  const lines = createInterface({ input: child.stdout! }).on('line', (line) => {
    last = Number(line)
    if (last >= enough) begun.resolve()
  })
  await Promise.race([
    begun.promise,
    once(child, 'exit').then(() => Promise.reject(new Error('It ended by itself.'))),
  ])
  await sleep(Math.random() * 50)
  child.kill('SIGKILL')
  await once(lines, 'close')
  return last
}

/** What the batches up to the last acknowledged one hold and the store does not. */
async function missing(last: number): Promise<readonly Measurement[]> {
  await using store = await openSqliteTelemetry({ folder, sync: 'normal', readOnly: true })
  const batches = Array.from({ length: last + 1 }, (_, number) => batchOf(number))
  const devices = [...new Set(batches.flat().map(({ device }) => device))]
  const series = await store.series({ devices, from: 0, to: Number.MAX_SAFE_INTEGER })
  const stored = new Map(
    series.map(({ device, points }) => [device, new Map(points.map(({ at, value }) => [at, value]))]),
  )
  const newest = new Map((await store.latest({})).map(({ device, at }) => [device, at]))
  return batches
    .flat()
    .filter(({ device, at, value }) => stored.get(device)?.get(at) !== value || newest.get(device)! < at)
}
