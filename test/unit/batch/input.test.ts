import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CheckedRow, checkInput, inputDifference, sortedBytes } from '../../../src/lib/batch/input.ts'
import type { RowFault } from '../../../src/lib/batch/row.ts'

// oxlint-disable-next-line require-await -- rows come from a file, as a rule
async function* from(rows: readonly (CheckedRow | RowFault)[]) {
  yield* rows
}

const rowsOf = (contents: readonly string[]): CheckedRow[] =>
  contents.map((content, index) => ({ line: index + 2, name: content, key: content, content }))

async function check(rows: readonly (CheckedRow | RowFault)[], most = 1_000_000) {
  const faults: RowFault[] = []
  // oxlint-disable-next-line require-await -- what reports may have to wait
  const input = await checkInput(from(rows), most, async (fault) => void faults.push(fault))
  return { input, faults }
}

describe('an input that is checked', () => {
  test('names what comes twice, and both lines', async () => {
    const row = { name: 'PUMP-1', key: 'pump-1', content: 'pump-1' }
    const { faults } = await check([
      { ...row, line: 2 },
      { ...row, line: 9 },
    ])
    expect(faults).toEqual([{ line: 9, field: 'id', code: 'ROW_TWICE', message: 'PUMP-1 is also line 2' }])
  })

  test('is bounded, and what is beyond is not read', async () => {
    const { input, faults } = await check(rowsOf(['a', 'b', 'c', 'd']), 2)
    expect(input.rows).toBe(2)
    expect(faults).toMatchObject([{ line: 4, code: 'ROW_MANY' }])
  })

  test('has the same digest whatever the order of its rows, and another for any other rows', async () => {
    const contents = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(contents, fc.string(), async (rows, more) => {
        const digest = async (some: readonly string[]) => (await check(rowsOf(some))).input.digest
        expect(await digest(rows.toReversed())).toBe(await digest(rows))
        if (!rows.includes(more)) expect(await digest([...rows, more])).not.toBe(await digest(rows))
        expect(await digest(rows.slice(1))).not.toBe(await digest(rows))
      }),
    )
  })

  test('differs from another by the rows that only one of them has', async () => {
    const contents = fc.uniqueArray(fc.string(), { maxLength: 1500 })
    await fc.assert(
      fc.asyncProperty(contents, contents, async (before, now) => {
        const [one, other] = [await check(rowsOf(before)), await check(rowsOf(now))]
        const lines = now.flatMap((row, index) => (before.includes(row) ? [] : [index + 2]))
        expect(inputDifference(sortedBytes(one.input.fingerprints), other.input)).toEqual({
          changed: lines,
          gone: before.filter((row) => !now.includes(row)).length,
        })
      }),
      { numRuns: 20 },
    )
  })
})
