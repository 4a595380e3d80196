import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'

/** `nobody` */
const STRANGER = 65_534
const isRoot = process.getuid?.() === 0

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make()
  await chmod(fleet.folder, 0o755)
})
afterAll(() => fleet[Symbol.asyncDispose]())

async function failureOf(args: readonly string[], user?: number) {
  const { code, stdout, stderr } = await flotilla([...args, '--json'], {
    ...(user === undefined ? {} : { user }),
    env: { FLOTILLA_CA_PASSPHRASE: 'correct horse battery' },
  })
  expect(stderr).not.toContain('This should not happen')
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }
  return { ...error, rc: code }
}

describe.skipIf(!isRoot)('the fleet of another user (only root can become one)', () => {
  test.each([
    [['device', 'list'], 'REGISTRY_DENIED'],
    [['broker', 'refused'], 'REGISTRY_DENIED'],
    [['up'], 'FILE_DENIED'],
    [['device', 'provision', 'pump-1'], 'FILE_DENIED'],
    [['cert', 'issue', 'op.alice'], 'FILE_DENIED'],
  ])('%j is refused, and names the owner', async (args, code) => {
    const failure = await failureOf([...args, '--fleet', fleet.folder], STRANGER)
    expect(failure).toMatchObject({ code, rc: 3, hint: expect.stringContaining('belongs to root') })
    expect(failure.message).toContain(fleet.folder)
  })

  test('a folder that may not be entered is not called missing', async () => {
    const closed = await mkdtemp(path.join(tmpdir(), 'flotilla-closed-'))
    const failure = await failureOf(['status', '--fleet', path.join(closed, 'acme')], STRANGER)
    expect(failure).toMatchObject({ code: 'FILE_DENIED', rc: 3 })
    await rm(closed, { recursive: true })
  })

  test('a folder where no fleet may be made', async () => {
    const failure = await failureOf(['init', path.join(fleet.folder, 'inner')], STRANGER)
    expect(failure).toMatchObject({ code: 'FILE_DENIED', rc: 3 })
  })

  test('on a disk that may only be read', async (context) => {
    const bound = await mkdtemp(path.join(tmpdir(), 'flotilla-read-only-'))
    const mounted = spawnSync('/bin/mount', ['--bind', fleet.folder, bound])
    const locked = spawnSync('/bin/mount', ['-o', 'remount,ro,bind', bound])
    try {
      context.skip(mounted.status !== 0 || locked.status !== 0, 'nothing can be mounted here')
      expect(await failureOf(['device', 'list', '--fleet', bound])).toMatchObject({
        code: 'REGISTRY_READ_ONLY',
        rc: 3,
      })
      expect(await failureOf(['up', '--fleet', bound])).toMatchObject({ code: 'FILE_READ_ONLY', rc: 3 })
    } finally {
      spawnSync('/bin/umount', [bound])
      await rm(bound, { recursive: true })
    }
  })
})

test('a file in the way of a folder, and a folder in the way of a file', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-kinds-'))
  const file = path.join(folder, 'file')
  await writeFile(file, '')
  expect(await failureOf(['init', file, '--name', 'acme'])).toMatchObject({ code: 'FILE_KIND', rc: 2 })
  await mkdir(path.join(folder, 'acme', 'fleet.yaml'), { recursive: true })
  expect(await failureOf(['status', '--fleet', path.join(folder, 'acme')])).toMatchObject({
    code: 'FILE_KIND',
    rc: 2,
  })
  await rm(folder, { recursive: true })
})

describe('a file that is named and not there', () => {
  const issue = ['device', 'provision', 'x1']
  test.each<[args: readonly string[], env: Record<string, string>, code: string, source: string]>([
    [['device', 'provision', '--from', '/nowhere/lot.csv'], {}, 'FROM_FILE', '--from'],
    [['device', 'provision', '--csr', '/nowhere/x.csr'], {}, 'CSR_FILE', '--csr'],
    [[...issue, '--passphrase-file', '/nowhere/p'], {}, 'PASSPHRASE_FILE', '--passphrase-file'],
    [issue, { FLOTILLA_CA_PASSPHRASE_FILE: '/nowhere/p' }, 'PASSPHRASE_FILE', 'FLOTILLA_CA_PASSPHRASE_FILE'],
  ])('%j with %j says where its name came from', async (args, env, code, source) => {
    const { code: rc, stderr } = await flotilla([...args, '--fleet', fleet.folder], { env })
    expect(rc).toBe(2)
    expect(stderr).toContain(`(${code})`)
    expect(stderr).toMatch(new RegExp(`\\nLook at the path (?:behind|in) ${source}, and whether`))
  })

  test('the password of a store', async () => {
    const folder = path.join(fleet.folder, 'with-store')
    const made = await flotilla(
      [
        'init',
        folder,
        '--name',
        'other',
        '--store',
        'questdb',
        '--store-url',
        'http://127.0.0.1:1',
        '--unencrypted-ca-keys',
      ],
      { env: { FLOTILLA_STORE_PASSWORD: 'x' } },
    )
    expect(made.code).toBe(0)
    const { code, stderr } = await flotilla(['telemetry', 'latest', '--fleet', folder], {
      env: { FLOTILLA_STORE_PASSWORD_FILE: '/nowhere/p' },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/\(STORE_PASSWORD_FILE\)\nLook at the path in FLOTILLA_STORE_PASSWORD_FILE, and/)
  })
})
