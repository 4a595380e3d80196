import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isLockHeld, takeLock } from '../../../src/lib/base/process-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flotilla-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const module = path.resolve(import.meta.dirname, '../../../src/lib/base/process-lock.ts')

async function holder(file: string) {
  const script = `const {takeLock} = await import(${JSON.stringify(module)}); globalThis.lock = await takeLock(${JSON.stringify(file)}, {what: 'x'}); process.stdout.write('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

test('one process holds it; after kill -9 the next gets it', async () => {
  const file = path.join(folder, 'up.lock')
  const child = await holder(file)
  await expect(takeLock(file, { what: 'flotilla up' })).rejects.toMatchObject({
    code: 'LOCKED',
    exitCode: 10,
  })
  child.kill('SIGKILL')
  using lock = await takeLock(file, { what: 'flotilla up', wait: 5000 })
  expect(lock).toBeDefined()
})

test('given back, it can be taken again', async () => {
  const file = path.join(folder, 'a.lock')
  ;(await takeLock(file, { what: 'a' }))[Symbol.dispose]()
  using again = await takeLock(file, { what: 'a' })
  expect(again).toBeDefined()
})

test('who holds it is seen, and a look takes nothing', async () => {
  const file = path.join(folder, 'up.lock')
  expect(isLockHeld(file)).toBe(false)
  const child = await holder(file)
  expect(isLockHeld(file)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isLockHeld(file)).toBe(false)
  const looking = setInterval(() => isLockHeld(file), 1)
  using lock = await takeLock(file, { what: 'up' })
  clearInterval(looking)
  expect(lock).toBeDefined()
})
