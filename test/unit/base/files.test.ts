import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readTextIfPresent, writeFileAtomic } from '../../../src/lib/base/files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flotilla-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a secret has mode 0600 whatever the umask', async () => {
  const file = path.join(folder, 'deep', 'key.pem')
  await writeFileAtomic(file, 'secret', { mode: 0o600 })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toBe('secret')
})

test('what is there is replaced and nothing else is left', async () => {
  const file = path.join(folder, 'a')
  writeFileSync(file, 'old')
  await writeFileAtomic(file, 'new')
  expect(readdirSync(folder)).toEqual(['a'])
  expect(await readTextIfPresent(file)).toBe('new')
})

test('a write that fails leaves nothing behind', async () => {
  const file = path.join(folder, 'a')
  await expect(writeFileAtomic(file, 42 as unknown as string)).rejects.toThrow(TypeError)
  expect(readdirSync(folder)).toEqual([])
})

test('no file is undefined', async () => {
  expect(await readTextIfPresent(path.join(folder, 'none'))).toBeUndefined()
})
