import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { openSqliteRegistry } from '../../src/lib/registry/sqlite/registry.ts'

const SCRIPT = path.join(import.meta.dirname, 'registry-process.ts')
/** Rows that `provision` adds in one change. */
const ROWS = 50

let folder: string
const children = new Set<ChildProcessByStdio<null, Readable, Readable>>()

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-processes-'))
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  await rm(folder, { recursive: true })
})

function open(migrate = false): Promise<Registry> {
  const files = { registryFile: path.join(folder, 'registry.db'), stateFile: path.join(folder, 'state.db') }
  return openSqliteRegistry({ ...files, migrate })
}

/** Another process, and the lines it has printed so far. */
function start(role: string, name: string, count = 0) {
  const child = spawn(process.execPath, [SCRIPT, folder, role, name, String(count)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const lines: string[] = []
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line))
  const errors = text(child.stderr)
  const ended = once(child, 'close').then(async () => ({ code: child.exitCode, errors: await errors }))
  const printed = async (): Promise<void> => {
    if (lines.length === 0) await Promise.race([once(reader, 'line'), ended])
  }
  return { child, lines, printed, ended }
}

const done = { code: 0, errors: '' }

describe('several processes on one registry', () => {
  test('two that write as fast as they can and one that reads: everything lands, nobody fails', async () => {
    await using registry = await open(true)
    const reader = start('read', 'reader')
    await reader.printed()
    const writers = [start('change', 'left', 200), start('change', 'right', 200)]
    for (const { ended } of writers) expect(await ended).toEqual(done)
    const reads = reader.lines.length
    reader.child.kill('SIGTERM')
    expect(await reader.ended).toEqual(done)
    expect(reads).toBeGreaterThan(10)
    expect(await registry.countDevices()).toBe(400)
    expect(await registry.verifyAudit()).toMatchObject({ rows: 400 })
    expect((await registry.verifyAudit()).brokenAt).toBeUndefined()
  })

  test('whoever holds the lock for seconds, again and again, starves nobody and stalls no event loop', async () => {
    await using registry = await open(true)
    const holder = start('hold', 'holder', 3)
    await holder.printed()
    const loop = watchEventLoop()
    for (let index = 0; index < 3; index++) {
      await registry.change('svc.ingest', { action: 'note', subject: String(index) }, () => Promise.resolve())
    }
    const longest = loop.stop()
    expect(await holder.ended).toEqual(done)
    // Not a measure of speed: who sleeps for the lock in this thread is away for the 2 s that it is held.
    expect(longest).toBeLessThan(1000)
    const log = await registry.auditLog()
    expect(log.map(({ action }) => action).sort()).toEqual(['hold', 'hold', 'hold', 'note', 'note', 'note'])
    // Waiting in line, it got in between two holds and not after all of them.
    expect(log.findIndex(({ action }) => action === 'note')).toBeLessThan(3)
  })

  test('several that make it at once agree on one', async () => {
    const starters = ['a', 'b', 'c', 'd'].map((name) => start('init', name))
    for (const { ended } of starters) expect(await ended).toEqual(done)
    await using registry = await open()
    expect(await registry.countDevices()).toBe(4)
    expect(await registry.verifyAudit()).toMatchObject({ rows: 4 })
  })

  test('one that is killed in the middle leaves whole changes only, and all that it was told are done', async () => {
    await using registry = await open(true)
    for (let round = 0; round < 8; round++) {
      const writer = start('provision', `round${round}`)
      await writer.printed()
      await sleep(20 + Math.random() * 80)
      writer.child.kill('SIGKILL')
      await writer.ended
      const by = { selector: { kind: 'tag', key: 'by', comparison: '=', values: [`round${round}`] } } as const
      const devices = await registry.countDevices(by)
      expect(devices % ROWS).toBe(0)
      expect(devices / ROWS).toBeGreaterThanOrEqual(writer.lines.length)
    }
    const devices = await registry.countDevices()
    const { rows, brokenAt } = await registry.verifyAudit()
    expect(brokenAt).toBeUndefined()
    expect(rows).toBe(devices / ROWS)
    expect(await registry.certificates()).toHaveLength(devices)
    // And the next one can write at once.
    await registry.change('op.next', { action: 'next', subject: 'x' }, () => Promise.resolve())
  })

  test('another user is refused, and told so', async (context) => {
    context.skip(process.getuid?.() !== 0, 'only root can become another user')
    await chmod(folder, 0o755)
    await using _registry = await open(true)
    expect(await start('stranger', 'x').ended).toEqual({ code: 1, errors: 'REGISTRY_DENIED\n' })
  })
})

/** The longest time that a timer of this thread came too late, in milliseconds. */
function watchEventLoop(): { stop(): number } {
  let longest = 0
  let last = performance.now()
  const look = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last - 10)
    last = now
  }
  const timer = setInterval(look, 10)
  return {
    stop() {
      clearInterval(timer)
      look() // a thread that was away until now had no timer at all
      return longest
    },
  }
}
