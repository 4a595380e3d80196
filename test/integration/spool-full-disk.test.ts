import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { SpooledMessage } from '../../src/lib/telemetry/spool/record.ts'
import { Spool } from '../../src/lib/telemetry/spool/spool.ts'

/** A disk of four megabytes, in memory: only root of a Linux machine can make one. */
const disk = mkdtempSync(path.join(tmpdir(), 'flotilla-disk-'))
const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
const isMounted = status === 0
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

const BATCH = 100

function batch(from: number): readonly SpooledMessage[] {
  return Array.from({ length: BATCH }, (_, index) => ({
    topic: 'dt/acme/p1',
    payload: Buffer.alloc(700, 'x'),
    arrivedAt: 0,
    moment: from + index,
  }))
}

async function drain(spool: Spool, most = Infinity): Promise<number[]> {
  const all: number[] = []
  while (all.length < most) {
    const some = await spool.read(BATCH)
    if (some.length === 0) break
    all.push(...some.map(({ moment }) => moment))
    await spool.trim()
  }
  return all
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe.skipIf(!isMounted)('a full disk under the spool', () => {
  const open = () => Spool.open({ folder: path.join(disk, 'spool'), bound: 64 * 1024 ** 2, sync: true })

  test('what it says is safe is there, what it refused is not, and with room it goes on', async () => {
    let sent = 0
    {
      await using spool = await open()
      let safe = BATCH
      for (; safe === BATCH; sent += safe) safe = await spool.append(batch(sent))
      expect(safe).toBe(0)
      expect(sent).toBeGreaterThan(4000)
      expect(spool.stats()).toMatchObject({ messages: sent, full: expect.stringContaining('ENOSPC') })
      for (let again = 0; again < 5; again++) expect(await spool.append(batch(sent))).toBe(0)
    }
    await using spool = await open()
    expect(spool.stats().messages).toBe(sent)
    expect(await spool.append(batch(sent))).toBe(0)
    expect(await drain(spool)).toEqual(range(0, sent))
    expect(await spool.append(batch(sent))).toBe(BATCH)
    expect(await drain(spool)).toEqual(range(sent, sent + BATCH))
  })

  test('filled by somebody else it takes nothing, and is drained all the same', async () => {
    await using spool = await open()
    expect(await spool.append(batch(0))).toBe(BATCH)
    await writeFile(path.join(disk, 'others'), Buffer.alloc(8 * 1024 ** 2)).catch(() => {})
    expect(await spool.append(batch(BATCH))).toBe(0)
    expect(await drain(spool)).toEqual(range(0, BATCH))
    expect(spool.stats()).toMatchObject({ messages: 0, bytes: 0 })
    rmSync(path.join(disk, 'others'))
    expect(await spool.append(batch(BATCH))).toBe(BATCH)
    expect(await drain(spool)).toEqual(range(BATCH, 2 * BATCH))
  })
})
