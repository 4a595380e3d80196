import { describe, expect, test } from 'vitest'
import { ahead } from '../../../src/lib/batch/ahead.ts'
import { runBatch } from '../../../src/lib/batch/run.ts'

// oxlint-disable-next-line require-await -- rows come from a file, as a rule
async function* numbers(count: number) {
  for (let number = 0; number < count; number++) yield number
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

function work(
  count: number,
  more: { readonly allowedFailures?: number; readonly fails?: (row: number) => boolean } = {},
) {
  const { allowedFailures = Number.POSITIVE_INFINITY, fails = () => false } = more
  const committed: number[] = []
  const seen: number[] = []
  const tally = runBatch<number, readonly number[], { state: string; code?: string }>({
    rows: numbers(count),
    chunk: 4,
    ahead: 3,
    prepare: async (rows) => {
      await pause(Math.random() * 3)
      return rows
    },
    commit: async (rows) => {
      await pause(Math.random() * 3)
      committed.push(...rows)
      return rows.map((row) =>
        fails(row) ? { state: 'failed', code: `CODE_${row % 2}` } : { state: 'done' },
      )
    },
    onOutcomes: async (outcomes) => void seen.push(outcomes.length),
    allowedFailures,
  })
  return { tally, committed, seen }
}

describe('a batch', () => {
  test('commits every row once, in order, whatever is ready first', async () => {
    const { tally, committed, seen } = work(30)
    expect(await tally).toEqual({ rows: 30, states: { done: 30 }, failed: {}, stopped: false })
    expect(committed).toEqual(Array.from({ length: 30 }, (_, index) => index))
    expect(seen.reduce((sum, count) => sum + count)).toBe(30)
  })

  test('counts what failed by code', async () => {
    const { tally } = work(10, { fails: (row) => row % 3 === 0 })
    expect(await tally).toEqual({
      rows: 10,
      states: { done: 6, failed: 4 },
      failed: { CODE_0: 2, CODE_1: 2 },
      stopped: false,
    })
  })

  test('goes on with as many failures as are allowed, and stops with one more', async () => {
    const fails = (row: number) => row < 2
    expect(await work(12, { fails, allowedFailures: 2 }).tally).toMatchObject({ rows: 12, stopped: false })
    const { tally, committed } = work(12, { fails, allowedFailures: 1 })
    expect(await tally).toMatchObject({ rows: 4, stopped: true })
    await pause(20)
    expect(committed).toHaveLength(4)
  })
})

test('who works ahead is bounded, and is waited for when nobody wants more', async () => {
  let atWork = 0
  let most = 0
  const results: number[] = []
  const worker = async (item: number) => {
    most = Math.max(most, ++atWork)
    await pause(2)
    atWork--
    if (item === 7) throw new Error('seven')
    return item
  }
  const consume = async () => {
    for await (const result of ahead(numbers(20), 3, worker)) results.push(result)
  }
  await expect(consume()).rejects.toThrow('seven')
  expect(results).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(most).toBe(3)
  expect(atWork).toBe(0)
})
