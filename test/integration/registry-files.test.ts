import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, open as openFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { REGISTRY } from '../../src/lib/registry/sqlite/kinds.ts'
import { openSqliteRegistry } from '../../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'

let folder: string
let registryFile: string
let stateFile: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-files-'))
  registryFile = path.join(folder, 'data', 'registry.db')
  stateFile = path.join(folder, 'data', 'state.db')
})
afterEach(() => rm(folder, { recursive: true }))

const open = (migrate = false, patience = 200): Promise<Registry> =>
  openSqliteRegistry({ registryFile, stateFile, migrate, patience })

const saying = (code: string, exitCode: number): unknown =>
  expect.objectContaining({ code, exitCode, layer: 'registry', hint: expect.stringMatching(/./) })

async function make(): Promise<void> {
  await using registry = await open(true)
  await addDevices(registry, 'first', 3)
}

function addDevices(registry: Registry, name: string, count: number): Promise<void> {
  const devices = Array.from({ length: count }, (_, index) => ({
    id: `${name}-${index}`,
    life: 'issued' as const,
  }))
  return registry.change('op.a', { action: 'add', subject: name, details: { count } }, (write) =>
    write.addDevices(devices.map((device) => ({ ...device, tags: { note: 'x'.repeat(500) } }))),
  )
}

function byHand(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

describe('files', () => {
  test('are for their owner only, the logs beside them too', async () => {
    await using registry = await open(true)
    await using _state = await openSqliteState({ stateFile, migrate: true })
    await addDevices(registry, 'pump', 1)
    const names = await readdir(path.dirname(registryFile))
    expect(names).toContain('registry.db-wal')
    for (const name of names) {
      expect([name, (await stat(path.join(folder, 'data', name))).mode & 0o777]).toEqual([name, 0o600])
    }
    expect((await stat(path.dirname(registryFile))).mode & 0o777).toBe(0o700)
  })

  test('that everybody could read are mended', async () => {
    await mkdir(path.dirname(registryFile))
    await writeFile(registryFile, '', { mode: 0o644 })
    await make()
    expect((await stat(registryFile)).mode & 0o777).toBe(0o600)
  })

  test('that are there already keep what they hold', async () => {
    await make()
    await expect(make()).rejects.toThrow('first-0 is in the registry already')
    await using registry = await open()
    expect(await registry.countDevices()).toBe(3)
  })
})

describe('a file that cannot be used says so and stays as it is', () => {
  test('none', async () => {
    await expect(open()).rejects.toEqual(saying('REGISTRY_MISSING', 4))
    await expect(openSqliteState({ stateFile, migrate: false })).rejects.toEqual(saying('STATE_MISSING', 4))
    await make()
    await rm(stateFile)
    await expect(open()).rejects.toEqual(saying('STATE_MISSING', 4))
    expect(await readdir(path.dirname(stateFile))).not.toContain('state.db')
  })

  test('one whose making was interrupted', async () => {
    await make()
    await writeFile(registryFile, '')
    await expect(open()).rejects.toEqual(saying('REGISTRY_OUTDATED', 2))
    await using registry = await open(true)
    expect(await registry.countDevices()).toBe(0)
  })

  test('one of a newer program', async () => {
    await make()
    byHand(registryFile, 'PRAGMA user_version = 99')
    for (const migrate of [false, true]) {
      await expect(open(migrate)).rejects.toEqual(saying('PROGRAM_OUTDATED', 2))
    }
    byHand(registryFile, `PRAGMA user_version = ${REGISTRY.migrations.length}`)
    byHand(stateFile, 'PRAGMA user_version = 99')
    await expect(open()).rejects.toEqual(saying('PROGRAM_OUTDATED', 2))
  })

  test('one of another program, and the two swapped', async () => {
    await make()
    await copyFile(stateFile, registryFile)
    for (const migrate of [false, true]) {
      await expect(open(migrate)).rejects.toEqual(saying('REGISTRY_FOREIGN', 2))
    }
    await rm(registryFile)
    byHand(registryFile, 'CREATE TABLE notes (text TEXT)')
    await expect(open(true)).rejects.toEqual(saying('REGISTRY_FOREIGN', 2))
  })

  test('no database', async () => {
    await make()
    await writeFile(registryFile, 'version: 1\nname: acme\n'.repeat(1000))
    for (const migrate of [false, true]) {
      await expect(open(migrate)).rejects.toEqual(saying('REGISTRY_CORRUPT', 5))
    }
  })

  test('a folder in its place', async () => {
    await make()
    await rm(registryFile)
    await mkdir(registryFile)
    await expect(open()).rejects.toEqual(saying('REGISTRY_DENIED', 3))
  })

  test('one that is damaged behind its first page', async () => {
    await make()
    await using file = await openFile(registryFile, 'r+')
    const { size } = await file.stat()
    await file.write(Buffer.alloc(size - 4096, 0x55), 0, size - 4096, 4096)
    await using registry = await open()
    await expect(registry.devices({})).rejects.toEqual(saying('REGISTRY_CORRUPT', 5))
    await expect(addDevices(registry, 'more', 1)).rejects.toEqual(saying('REGISTRY_CORRUPT', 5))
  })

  test.each([
    ['in its first page', 512],
    ['behind its first page', 4096],
  ])(
    'a state that is damaged %s is what is named, not the registry that it is joined to',
    async (_, from) => {
      await make()
      {
        await using file = await openFile(stateFile, 'r+')
        const { size } = await file.stat()
        await file.write(Buffer.alloc(size - from, 0x55), 0, size - from, from)
      }
      const named = expect.objectContaining({
        code: 'STATE_CORRUPT',
        exitCode: 5,
        message: expect.stringContaining(stateFile),
        hint: expect.stringMatching(
          /Lost with it: .*Not in it: devices, certificates.*\n.*flotilla up makes a new one/,
        ),
      })
      const look = async (): Promise<void> => {
        await using registry = await open()
        await registry.devices({})
        await registry.summary(Date.now())
      }
      await expect(look()).rejects.toEqual(named)
    },
  )
})

describe('what goes wrong while it is written', () => {
  test('a program that keeps the lock: busy, when the patience is over', async () => {
    await make()
    await using registry = await open()
    const other = new DatabaseSync(registryFile)
    other.exec('BEGIN IMMEDIATE')
    await expect(addDevices(registry, 'late', 1)).rejects.toEqual(saying('REGISTRY_BUSY', 10))
    expect(await registry.countDevices()).toBe(3) // reading goes on
    other.exec('ROLLBACK')
    await addDevices(registry, 'late', 1)
    expect(await registry.countDevices()).toBe(4)
    other.close()
  })

  test('a note about a device that comes twice, late or in another spelling counts its messages once', async () => {
    await make()
    await using state = await openSqliteState({ stateFile, migrate: false })
    const notes = [
      { device: 'pump-1', at: 10, messages: 2 },
      { device: 'pump-1', at: 10, messages: 1 },
      { device: 'pump-1', at: 30, messages: 0 },
    ]
    await state.noteSeen(notes)
    await state.noteSeen(notes)
    await state.noteSeen([{ device: 'PUMP-1', at: 5, messages: 9 }])
    await state.noteSeen([{ device: 'PUMP-1', at: 20, messages: 4 }])
    const database = new DatabaseSync(stateFile)
    expect({ ...database.prepare('SELECT * FROM seen').get() }).toEqual({
      device: 'pump-1',
      first_seen: 5,
      last_seen: 30,
      messages: 7,
      last_message: 20,
      // Of intervals below twelve seconds none is counted.
      beat: 10,
      rhythm: null,
    })
    database.close()
  })

  test('an edit of the audit, a cut and an insertion are found', async () => {
    await make()
    await using registry = await open()
    for (let index = 0; index < 5; index++) await addDevices(registry, `d${index}`, 1)
    expect((await registry.verifyAudit()).brokenAt).toBeUndefined()
    byHand(registryFile, "UPDATE audit SET actor = 'op.mallory' WHERE sequence = 3")
    expect(await registry.verifyAudit()).toMatchObject({ rows: 2, brokenAt: 3 })
    byHand(registryFile, "UPDATE audit SET actor = 'op.a' WHERE sequence = 3")
    expect((await registry.verifyAudit()).brokenAt).toBeUndefined()
    byHand(registryFile, 'DELETE FROM audit WHERE sequence = 2')
    expect(await registry.verifyAudit()).toMatchObject({ rows: 1, brokenAt: 3 })
  })

  test('a full disk: the change is refused whole, and goes through when there is room again', async (context) => {
    const disk = path.join(folder, 'disk')
    await mkdir(disk)
    const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    context.skip(mounted.status !== 0, 'a small file system can only be mounted by root')
    try {
      registryFile = path.join(disk, 'registry.db')
      await using registry = await open(true)
      await writeFile(path.join(disk, 'ballast'), Buffer.alloc(300_000))
      let written = 0
      const fill = async (): Promise<void> => {
        for (; written < 1000; written++) await addDevices(registry, `full-${written}`, 20)
      }
      await expect(fill()).rejects.toEqual(saying('REGISTRY_FULL', 10))
      expect(written).toBeGreaterThan(0)
      expect(await registry.countDevices()).toBe(written * 20)
      expect(await registry.verifyAudit()).toMatchObject({ rows: written })
      await rm(path.join(disk, 'ballast'))
      await addDevices(registry, `full-${written}`, 20)
      expect(await registry.countDevices()).toBe((written + 1) * 20)
      expect((await registry.verifyAudit()).brokenAt).toBeUndefined()
    } finally {
      spawnSync('/bin/umount', [disk])
    }
  })

  test('a file that may not grow: the change is refused whole', async () => {
    await make()
    const script = path.join(import.meta.dirname, 'registry-process.ts')
    const limited = `ulimit -f 400; exec "${process.execPath}" "${script}" "${path.dirname(registryFile)}" provision grown`
    const { stderr, stdout } = spawnSync('sh', ['-c', limited], { encoding: 'utf8' })
    expect(stderr).toBe('REGISTRY_IO\n')
    await using registry = await open()
    const changes = stdout.trim().split('\n').length
    expect(await registry.countDevices()).toBe(3 + changes * 50)
    expect(await registry.verifyAudit()).toEqual(expect.objectContaining({ rows: 1 + changes }))
  })
})
