import fs, { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Measurement } from '../../../../src/lib/telemetry/measurement.ts'
import { Measurements } from '../../../../src/lib/telemetry/measurements.ts'
import { damagedDays } from '../../../../src/lib/telemetry/sqlite/damaged.ts'
import { openSqliteTelemetry } from '../../../../src/lib/telemetry/sqlite/store.ts'
import type { TelemetryStore } from '../../../../src/lib/telemetry/store.ts'

const NOON = Date.parse('2026-11-25T12:00:00Z') * 1000
const DAY = 86_400_000_000
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER }

let folder: string
let place: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-sqlite-'))
  place = path.join(folder, 'telemetry')
})
afterEach(() => rm(folder, { recursive: true }))

function open(readOnly = false): Promise<TelemetryStore> {
  return openSqliteTelemetry({ folder: place, sync: 'normal', readOnly })
}

function reading(at: number, value = 1): Measurement {
  return { device: 'a', metric: 'm', at, value, text: undefined }
}

async function fill(...moments: readonly number[]): Promise<void> {
  await using store = await open()
  await store.write(Measurements.of(moments.map((at) => reading(at))))
}

describe('the files', () => {
  test('are a dictionary and the days, for their owner only, and nothing else once closed', async () => {
    await fill(NOON, NOON - DAY)
    expect((await readdir(place)).sort()).toEqual(['2026-11-24.db', '2026-11-25.db', 'series.db'])
    const modes = await Promise.all(
      ['.', 'series.db', '2026-11-25.db'].map((name) => stat(path.join(place, name))),
    )
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600', '600'])
  })

  test('of days that are over go with their logs', async () => {
    await using store = await open()
    await store.write(Measurements.of([reading(NOON - DAY), reading(NOON)]))
    expect(await readdir(place)).toContain('2026-11-24.db-wal')
    expect(await store.expire(NOON)).toBe(1)
    expect((await readdir(place)).filter((name) => name.startsWith('2026-11-24'))).toEqual([])
  })

  test('left behind by a death in the middle of making one do no harm', async () => {
    await mkdir(place)
    await writeFile(path.join(place, '.series.db.new'), 'half')
    await writeFile(path.join(place, '.2026-11-25.db.new-wal'), 'half')
    await writeFile(path.join(place, '2026-11-25.db-wal'), 'a log that outlived its database')
    await fill(NOON)
    await using reader = await open(true)
    expect(await reader.series({ devices: ['a'], ...EVER })).toMatchObject([{ points: [{ at: NOON }] }])
  })

  test('may be closed by the writer while a reader looks, and a day may go while it is read', async () => {
    await fill(NOON - DAY, NOON)
    await using reader = await open(true)
    await using store = await open()
    const reading = reader.series({ devices: ['a'], ...EVER })
    await store.expire(NOON)
    expect(await reading).toHaveLength(1)
    expect(await reader.series({ devices: ['a'], ...EVER })).toMatchObject([{ points: [{ at: NOON }] }])
  })
})

describe('what goes wrong is said, and ends when its cause does', () => {
  test.each([
    ['garbage', 'x'.repeat(20_000)],
    ['nothing', ''],
  ])('a day that holds %s is set aside by the next write, whole, and begun anew', async (_, content) => {
    await fill(NOON)
    const file = path.join(place, '2026-11-25.db')
    await writeFile(file, content)
    const aside: string[] = []
    await using store = await openSqliteTelemetry({
      ...{ folder: place, sync: 'normal', readOnly: false },
      onSetAside: (file) => aside.push(path.basename(file)),
    })
    await expect(store.series({ devices: ['a'], ...EVER })).rejects.toMatchObject({
      ...{ code: 'STORE_CORRUPT', exitCode: 10, layer: 'store', hint: expect.stringContaining('set aside') },
    })
    await store.write(Measurements.of([reading(NOON + 1), reading(NOON + DAY)]))
    expect(await store.series({ devices: ['a'], ...EVER })).toMatchObject([
      { points: [{ at: NOON + 1 }, { at: NOON + DAY }] },
    ])
    expect(aside).toEqual([expect.stringMatching(/^damaged-\d{8}T\d{9}Z-2026-11-25\.db$/)])
    expect(damagedDays(place)).toEqual(aside)
    expect(await readFile(path.join(place, aside[0]!), 'utf8')).toBe(content)
    expect(await store.expire(NOON + 9 * DAY)).toBe(2)
    expect(damagedDays(place)).toEqual(aside)
  })

  test('a day that is damaged while it is written to is set aside, and loses nothing of what is written then', async () => {
    const moments = Array.from({ length: 20_000 }, (_, n) => NOON - n * 100_000)
    await fill(...moments)
    const aside: string[] = []
    await using store = await openSqliteTelemetry({
      ...{ folder: place, sync: 'normal', readOnly: false },
      onSetAside: (file) => aside.push(file),
    })
    await store.write(Measurements.of([reading(NOON)]))
    const file = path.join(place, '2026-11-25.db')
    const { size } = await stat(file)
    await using handle = await fs.open(file, 'r+')
    await handle.write(Buffer.alloc(size - 8192, 'x'), 0, size - 8192, 8192) // behind the first page
    await store.write(Measurements.of(moments.map((at) => reading(at + 1))))
    expect(aside).toHaveLength(1)
    const [{ points } = { points: [] }] = await store.series({ devices: ['a'], ...EVER })
    expect(points).toHaveLength(moments.length)
  })

  test('a dictionary that is damaged is said, and nothing is moved: without it no day can be read', async () => {
    await fill(NOON)
    await writeFile(path.join(place, 'series.db'), 'x'.repeat(20_000))
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      hint: expect.stringContaining('folder'),
    })
    expect(damagedDays(place)).toEqual([])
  })

  test('a day of another dictionary: its numbers mean other series', async () => {
    await fill(NOON)
    await rename(path.join(place, 'series.db'), path.join(folder, 'old.db'))
    await using store = await open()
    await expect(store.write(Measurements.of([reading(NOON)]))).rejects.toMatchObject({
      code: 'STORE_FOREIGN',
      exitCode: 10,
    })
    await store.write(Measurements.of([reading(NOON + DAY)]))
    await expect(store.series({ devices: ['a'], ...EVER })).rejects.toMatchObject({ code: 'STORE_FOREIGN' })
  })

  test('a folder that is none, or a file where a database should be', async () => {
    await writeFile(place, '')
    await expect(open()).rejects.toMatchObject({ code: 'STORE_DENIED', exitCode: 10 })
    await rm(place)
    await mkdir(path.join(place, '2026-11-25.db'), { recursive: true })
    await using store = await open()
    await expect(store.write(Measurements.of([reading(NOON)]))).rejects.toMatchObject({
      code: 'STORE_DENIED',
    })
    await rm(path.join(place, '2026-11-25.db'), { recursive: true })
    await store.write(Measurements.of([reading(NOON)]))
  })

  test('it was put elsewhere: after a failure nothing is written to files that are gone', async () => {
    await using store = await open()
    await store.write(Measurements.of([reading(NOON)]))
    await mkdir(path.join(place, '2026-11-26.db'))
    await expect(store.write(Measurements.of([reading(NOON + DAY)]))).rejects.toMatchObject({
      code: 'STORE_DENIED',
    })
    await rename(place, path.join(folder, 'elsewhere'))
    await store.write(Measurements.of([reading(NOON, 2)]))
    expect(await store.series({ devices: ['a'], ...EVER })).toMatchObject([
      { points: [{ at: NOON, value: 2 }] },
    ])
  })

  test('a newer program wrote it', async () => {
    await fill(NOON)
    {
      using database = new DatabaseSync(path.join(place, 'series.db'))
      database.exec('PRAGMA user_version = 99')
    }
    await expect(open()).rejects.toMatchObject({ code: 'PROGRAM_OUTDATED', exitCode: 2 })
    await using reader = await open(true)
    await expect(reader.latest({})).rejects.toMatchObject({ code: 'PROGRAM_OUTDATED' })
  })

  test('another process holds it', async () => {
    await fill(NOON)
    await using store = await open()
    using other = new DatabaseSync(path.join(place, '2026-11-25.db'))
    other.exec('BEGIN IMMEDIATE')
    await expect(store.write(Measurements.of([reading(NOON)]))).rejects.toMatchObject({
      code: 'STORE_BUSY',
      exitCode: 10,
    })
    other.exec('ROLLBACK')
    await store.write(Measurements.of([reading(NOON, 2)]))
    expect(await store.latest({})).toMatchObject([{ value: 2 }])
  })

  test('it was opened for reading', async () => {
    await using reader = await open(true)
    await expect(reader.write(Measurements.of([reading(NOON)]))).rejects.toThrow('for reading')
    await expect(reader.expire(NOON)).rejects.toThrow('for reading')
    expect(await readdir(folder)).toEqual([]) // reading makes nothing
  })
})
