import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findMosquitto } from '../../../../src/lib/broker/mosquitto/find.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-find-'))
  await mkdir(path.join(folder, 'bin'))
  await writeFile(path.join(folder, 'bin', 'mosquitto'), '', { mode: 0o755 })
  await writeFile(path.join(folder, 'named'), '', { mode: 0o755 })
})
afterEach(() => rm(folder, { recursive: true }))

test('the one that is named, then the one on the PATH', () => {
  const environment = { FLOTILLA_MOSQUITTO: path.join(folder, 'named'), PATH: path.join(folder, 'bin') }
  expect(findMosquitto(environment)).toBe(path.join(folder, 'named'))
  expect(findMosquitto({ PATH: environment.PATH })).toBe(path.join(folder, 'bin', 'mosquitto'))
})

test('one that is named and not there is not replaced by another', () => {
  const environment = { FLOTILLA_MOSQUITTO: path.join(folder, 'missing'), PATH: path.join(folder, 'bin') }
  expect(findMosquitto(environment)).toBeUndefined()
})

test('a relative folder of the PATH is not looked into: it depends on where one stands', () => {
  const relative = path.relative(process.cwd(), path.join(folder, 'bin'))
  expect(findMosquitto({ PATH: relative })).not.toBe(path.join(relative, 'mosquitto'))
})
