import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DiskQueues } from '../../src/lib/device/disk-queue.ts'

const PROCESS = path.join(import.meta.dirname, 'disk-queue-process.ts')
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flotilla-queue-'))
  file = path.join(folder, 'queue.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Numbers of the messages that lie in the file. */
function numbersLeft(): number[] {
  using queues = new DiskQueues(file, { bound: 1_000_000, keep: 'newest' })
  const queue = queues.of('pump-1')
  return Array.from({ length: queue.size }, () => Number(queue.take()!.payload))
}

test('is for its owner only, the logs beside it too: telemetry lies in it', () => {
  using queues = new DiskQueues(file, { bound: 10, keep: 'newest' })
  queues.of('pump-1').add({ topic: 'dt/acme/pump-1', payload: '1' })
  const names = readdirSync(folder)
  expect(names).toContain('queue.db-wal')
  for (const name of names)
    expect([name, statSync(path.join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
})

test('what was added survives kill -9', async () => {
  const child = spawn(process.execPath, [PROCESS, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
    if (said.length > 10_000) child.kill('SIGKILL')
  })
  // Whatever happens, it does not outlive the test.
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await once(child, 'close')
  clearTimeout(deadline)
  const added = Number(said.split('\n').at(-2))
  expect(added).toBeGreaterThan(1000)
  const left = numbersLeft()
  expect(left.slice(0, added)).toEqual(Array.from({ length: added }, (_, index) => index + 1))
})

test('a disk that takes no more is survived: what it has stays, the newest stay in memory, each loss is told', () => {
  // No file may grow beyond 128 blocks of 1 KiB; the signal that would kill the writer is ignored.
  const limited = `trap '' XFSZ; ulimit -f 128; exec "$0" "$@"`
  const args = ['-c', limited, process.execPath, PROCESS, file, '5000']
  const { stdout, stderr, status } = spawnSync('bash', args, { encoding: 'utf8' })
  expect([stderr, status]).toEqual(['', 0])
  const [, size, lost] = /size (\d+) lost (\d+)/.exec(stdout)!.map(Number)
  expect(stdout).toMatch(/^failing\n/)
  expect(size! + lost!).toBe(5000)
  const left = numbersLeft()
  // A hundred of what was left stayed in memory, and ended with the process.
  expect(left.length).toBeGreaterThanOrEqual(size! - 100)
  expect(left).toEqual(left.map((_, index) => index + 1))
})
