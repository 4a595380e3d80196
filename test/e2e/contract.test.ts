import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSPHRASE, TestFleet } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'

/** The output contract: what scripts rely on, whatever the command. */
const manifest = JSON.parse(
  await readFile(path.resolve(import.meta.dirname, '../../oclif.manifest.json'), 'utf8'),
) as { readonly commands: Readonly<Record<string, ManifestCommand>> }

interface ManifestCommand {
  readonly id: string
  readonly summary?: string
  readonly examples?: readonly string[]
  readonly flags: Readonly<Record<string, unknown>>
}

describe.each(Object.values(manifest.commands))('$id', (command) => {
  test('says what it does, has two examples and --json', () => {
    expect(command.summary).toMatch(/\.$/)
    expect(command.examples?.length).toBeGreaterThanOrEqual(2)
    expect(command.flags).toHaveProperty('json')
  })
})

describe('without a fleet', () => {
  let empty: string
  beforeAll(async () => {
    empty = await mkdtemp(path.join(tmpdir(), 'flotilla-empty-'))
  })
  afterAll(() => rm(empty, { recursive: true }))

  test('a command says that there is none and how to make one: exit 4', async () => {
    const { code, stdout, stderr } = await flotilla(['device', 'list'], { cwd: empty })
    expect(code).toBe(4)
    expect(stdout).toBe('')
    expect(stderr).toContain('FLEET_MISSING')
    expect(stderr).toContain('flotilla init')
  })

  test('with --json the failure is a document on stdout', async () => {
    const { code, stdout, stderr } = await flotilla(['device', 'list', '--json'], { cwd: empty })
    expect(code).toBe(4)
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'FLEET_MISSING', exitCode: 4 })
    expect(stderr).toBe('')
  })

  test('a typing error names the nearest command, whatever follows it: exit 2', async () => {
    const { code, stderr } = await flotilla(['device', 'lst', 'hall=B', '--limit', '3'], { cwd: empty })
    expect(code).toBe(2)
    expect(stderr).toContain('There is no command "device lst".')
    expect(stderr).toContain('Did you mean: flotilla device list')
  })

  test('a wrong flag is exit 2, as a document too', async () => {
    const { code, stdout } = await flotilla(['device', 'list', '--colour', '--json'], { cwd: empty })
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error.code).toBe('USAGE')
  })

  test('without a terminal nothing is asked: the missing passphrase is named', async () => {
    const { code, stderr } = await flotilla(['init', 'acme', '--no-input'], {
      cwd: empty,
      env: { FLOTILLA_CA_PASSPHRASE: '' },
    })
    expect(code).toBe(2)
    expect(stderr).toContain('FLOTILLA_CA_PASSPHRASE')
  })
})

describe('init', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await TestFleet.make()
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  test('run again changes nothing, and needs no passphrase', async () => {
    const { code, stdout } = await flotilla(['init', fleet.folder, '--json'], {
      env: { FLOTILLA_CA_PASSPHRASE: '' },
    })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).made).toEqual([])
  })

  test('keeps what is secret from others, and the passphrase out of every file', async () => {
    const secret = async (file: string) => (await stat(path.join(fleet.folder, file))).mode & 0o777
    expect(await secret('ca/root.key.pem')).toBe(0o600)
    expect(await secret('credentials')).toBe(0o700)
    expect(await secret('credentials/server/key.pem')).toBe(0o600)
    expect(await secret('data/registry.db')).toBe(0o600)
    expect(await readFile(path.join(fleet.folder, 'ca/root.key.pem'), 'utf8')).toContain(
      'ENCRYPTED PRIVATE KEY',
    )
    expect(await readFile(path.join(fleet.folder, 'fleet.yaml'), 'utf8')).not.toContain(PASSPHRASE)
  })

  test('a wrong passphrase is refused: exit 3, and nothing was issued', async () => {
    const { code, stderr } = await flotilla(['device', 'provision', 'p1', '--fleet', fleet.folder], {
      env: { FLOTILLA_CA_PASSPHRASE: 'not the right one' },
    })
    expect(code).toBe(3)
    expect(stderr).toContain('CA_PASSPHRASE')
    expect((await fleet.json<{ devices: unknown[] }>('device', 'list')).devices).toEqual([])
  })

  test('standard input is read where - asks for it, and never taken for an argument', async () => {
    const args = ['device', 'provision', '--count', '2', '--prefix', 'in', '--passphrase-file', '-']
    const provisioned = await flotilla([...args, '--fleet', fleet.folder], {
      env: { FLOTILLA_CA_PASSPHRASE: '' },
      input: `${PASSPHRASE}\n`,
    })
    expect(provisioned.code).toBe(0)
    const list = ['device', 'list', '--json', '--fleet', fleet.folder]
    const { stdout } = await flotilla(list, { input: 'in-0001\n' })
    expect(JSON.parse(stdout)).toMatchObject({ total: 2 })
    const shown = await flotilla(['device', 'show', '--fleet', fleet.folder], { input: 'in-0001\n' })
    expect(shown).toMatchObject({ code: 2, stderr: expect.stringContaining('DEVICE is missing') as unknown })
  })

  test('a command whose broker is down says so: exit 10', async () => {
    const { code, stderr } = await fleet.run('tail', '--count', '1')
    expect(code).toBe(10)
    expect(stderr).toContain('flotilla up')
  })

  test('an unknown device is exit 4', async () => {
    expect((await fleet.run('device', 'show', 'nobody')).code).toBe(4)
  })
})
