import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SpoolDamage } from '../../../../src/lib/telemetry/spool/reader.ts'
import type { SpooledMessage } from '../../../../src/lib/telemetry/spool/record.ts'
import { Spool } from '../../../../src/lib/telemetry/spool/spool.ts'

const MIB = 1024 * 1024
let parent: string
let folder: string
let damages: SpoolDamage[]

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'flotilla-spool-'))
  folder = path.join(parent, 'spool')
  damages = []
})
afterEach(() => rm(parent, { recursive: true }))

function open(bound = 64 * MIB, sync = false): Promise<Spool> {
  return Spool.open({ folder, bound, sync, onDamage: (damage) => damages.push(damage) })
}

function messages(from: number, count: number, bytes = 20): readonly SpooledMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: 'dt/acme/p1',
    payload: Buffer.from(String(from + index).padEnd(bytes)),
    arrivedAt: 1000 + from + index,
    moment: from + index,
  }))
}

const numbers = (some: readonly SpooledMessage[]) => some.map(({ moment }) => moment)

/** Everything that is in it, in the batches that it gives. */
async function drain(spool: Spool): Promise<number[]> {
  const all: number[] = []
  for (;;) {
    const some = await spool.read(1000)
    if (some.length === 0) return all
    all.push(...numbers(some))
    await spool.trim()
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

test('what is appended is given in order, by this process and by the next', async () => {
  {
    await using spool = await open()
    expect(await spool.append(messages(0, 500))).toBe(500)
    expect(await spool.append(messages(500, 1))).toBe(1)
    expect(spool.stats()).toMatchObject({ messages: 501, since: 1000, full: undefined })
    const first = await spool.read(500)
    expect(numbers(first)).toEqual(range(0, 500))
    expect(numbers(await spool.read(500))).toEqual(range(0, 500)) // not trimmed: the same again
    await spool.trim()
    expect(spool.stats()).toMatchObject({ messages: 1, since: 1500 })
  }
  await using spool = await open()
  expect(spool.stats()).toMatchObject({ messages: 1, since: 1500 })
  await spool.append(messages(501, 3))
  expect(await drain(spool)).toEqual([500, 501, 502, 503])
  expect(spool.stats()).toMatchObject({ messages: 0, bytes: 0, since: undefined })
})

test('nothing is left of an empty spool, and nothing is made before it is needed', async () => {
  await using spool = await open()
  await expect(stat(folder)).rejects.toThrow()
  await spool.append(messages(0, 10))
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  const [name] = await readdir(folder)
  expect((await stat(path.join(folder, name!))).mode & 0o777).toBe(0o600)
  expect(await drain(spool)).toEqual(range(0, 10))
  expect(await readdir(folder)).toEqual([])
})

test('appending goes on while it is drained, over many segments', async () => {
  await using spool = await open(16 * MIB, true)
  const got: number[] = []
  let sent = 0
  const fill = async () => {
    for (; sent < 60_000; sent += 500) expect(await spool.append(messages(sent, 500, 200))).toBe(500)
  }
  const filling = fill()
  while (got.length < 60_000) {
    const some = await spool.read(1000)
    got.push(...numbers(some))
    if (some.length > 0) await spool.trim()
    else await new Promise(setImmediate)
  }
  await filling
  expect(got).toEqual(range(0, 60_000))
  expect(spool.isEmpty).toBe(true)
})

test('at its bound it takes nothing more, says why, and takes again what trimming makes room for', async () => {
  await using spool = await open(MIB)
  let sent = 0
  for (let safe = 1; safe > 0; sent += safe) safe = await spool.append(messages(sent, 100, 500))
  expect(sent).toBeGreaterThan(1500)
  expect(spool.stats().full).toContain('store.spool')
  const sizes = await Promise.all((await readdir(folder)).map((name) => stat(path.join(folder, name))))
  const used = sizes.reduce((sum, { size }) => sum + size, 0)
  expect(used).toBe(spool.stats().bytes)
  expect(used).toBeLessThanOrEqual(MIB)
  for (let batch = 0; batch < 5; batch++) {
    await spool.read(100)
    await spool.trim()
  }
  expect(await spool.append(messages(sent, 100, 500))).toBe(100)
  expect(await drain(spool)).toEqual(range(500, sent + 100))
})

test('a bound of nothing takes nothing, and gives what is there', async () => {
  {
    await using spool = await open()
    await spool.append(messages(0, 5))
  }
  await using spool = await open(0)
  expect(await spool.append(messages(5, 5))).toBe(0)
  expect(await drain(spool)).toEqual(range(0, 5))
})

describe('after an accident', () => {
  async function filled(batches: number): Promise<string> {
    await using spool = await open()
    for (let batch = 0; batch < batches; batch++) await spool.append(messages(batch * 10, 10))
    const [name] = await readdir(folder)
    return path.join(folder, name!)
  }

  test('a torn record at the end was never relied on: it is left out without a word', async () => {
    const file = await filled(3)
    await truncate(file, (await stat(file)).size - 7)
    await using spool = await open()
    expect(spool.stats().messages).toBe(20)
    await spool.append(messages(100, 5))
    expect(await drain(spool)).toEqual([...range(0, 20), ...range(100, 105)])
    expect(damages).toEqual([])
  })

  test('a damaged record in the middle is told and kept, and the rest goes on', async () => {
    const file = await filled(3)
    const bytes = await readFile(file)
    const middle = Math.round(bytes.length / 2)
    bytes[middle]! ^= 1
    await writeFile(file, bytes)
    await using spool = await open()
    expect(spool.stats().messages).toBe(30)
    expect(await drain(spool)).toEqual([...range(0, 10), ...range(20, 30)])
    expect(damages).toMatchObject([{ file, aside: `${file}.damaged` }])
    expect(damages[0]!.start < middle && middle < damages[0]!.end).toBe(true)
    expect((await readFile(`${file}.damaged`)).subarray(16)).toEqual(bytes.subarray(16)) // behind the mark
    expect(spool.stats()).toMatchObject({ messages: 0, bytes: 0 })
  })

  test('damage at the very end and at the very beginning is told too, and a mark that cannot be read is none', async () => {
    const file = await filled(3)
    const bytes = await readFile(file)
    for (const at of [3, 20, bytes.length - 1]) bytes[at]! ^= 1
    await writeFile(file, bytes)
    await using spool = await open()
    expect(await drain(spool)).toEqual(range(10, 20))
    expect(damages).toHaveLength(2)
  })

  test('what was stored before is not given again, except for what was not trimmed', async () => {
    {
      await using spool = await open()
      for (let batch = 0; batch < 10; batch++) await spool.append(messages(batch * 10, 10))
      await spool.read(30)
      await spool.trim()
      await spool.read(30)
    }
    await using spool = await open()
    expect(await drain(spool)).toEqual(range(30, 100))
  })

  test('a segment that somebody took away is told, and what is behind it goes on', async () => {
    const file = await filled(1)
    {
      await using spool = await open() // a process never goes on in the file of another
      await spool.append(messages(10, 10))
    }
    await using spool = await open()
    await rm(file)
    expect((await drain(spool)).slice(-10)).toEqual(range(10, 20))
  })
})
