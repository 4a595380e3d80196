import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDecimal } from '../../../src/lib/registry/decimal-reading.ts'
import type { TagComparison, TagFact } from '../../../src/lib/registry/selector.ts'
import { fulfils } from '../../../src/lib/registry/tag-comparison.ts'

const factOf = (key: string, comparison: TagComparison, ...values: string[]): TagFact => ({
  ...{ kind: 'tag', key, comparison, values },
})
const read = (key: string, asked: string, ...stored: string[]) => readDecimal(stored, factOf(key, '<', asked))
/** Which of the stored values fulfil `key below asked`, or the one that is doubtful. */
const chosen = (key: string, asked: string, ...stored: string[]) => {
  const { fact, doubtful } = read(key, asked, ...stored)
  return doubtful === undefined ? stored.filter((value) => fulfils(value, fact)) : { doubtful }
}

describe('what a typed decimal means', () => {
  test('versions, where a stored value is one', () => {
    expect(chosen('label', '2.4', '2.3', '2.10', '2.4.3')).toEqual(['2.3'])
    expect(chosen('label', '2.4', '2.3', '2.10', 'v3')).toEqual(['2.3'])
  })

  test('numbers, where a stored value is no version', () => {
    expect(chosen('offset', '0.3', '-3.5', '0.25', '0.5')).toEqual(['-3.5', '0.25'])
    expect(chosen('offset', '2.4', '1e-3', '2.10')).toEqual(['1e-3', '2.10'])
  })

  test('versions, where only the name of the tag says so', () => {
    for (const key of ['fw', 'FW', 'firmware', 'modem-fw', 'os_version', 'release'])
      expect(chosen(key, '2.4', '2.3', '2.10')).toEqual(['2.3'])
    for (const key of ['flow', 'fwd', 'inversion', 'rev'])
      expect(chosen(key, '2.4', '2.3', '2.10')).toEqual({ doubtful: '2.10' })
  })

  test('is doubtful where nothing shows it, or both, and a value depends on it', () => {
    expect(chosen('k', '48.137', '48.2', '48.5')).toEqual({ doubtful: '48.2' })
    expect(chosen('k', '2.4', '2.4.3', '-3.5')).toEqual({ doubtful: '-3.5' })
    expect(chosen('fw', '2.4', '-3.5', '2.3')).toEqual({ doubtful: '-3.5' })
    expect(chosen('k', '2.4', '2.3', '9', 'beta')).toEqual(['2.3'])
  })

  test('nothing else that is typed has two meanings', () => {
    for (const asked of ['v2.4', '+2.4', '2', '2.4.0', 'B'])
      expect(read('k', asked, '2.10', '-3.5')).toEqual({
        fact: factOf('k', '<', asked),
        doubtful: undefined,
      })
    expect(readDecimal(['2.10'], factOf('k', '=', '2.4')).doubtful).toBeUndefined()
  })

  test('where only decimals are stored and nothing is doubtful, both readings are the same', () => {
    const decimal = fc.tuple(fc.nat(3), fc.nat(120)).map(([whole, rest]) => `${whole}.${rest}`)
    fc.assert(
      fc.property(fc.array(decimal), decimal, (stored, asked) => {
        if (read('k', asked, ...stored).doubtful !== undefined) return
        for (const value of stored)
          expect(fulfils(value, factOf('k', '<', `v${asked}`))).toBe(
            fulfils(value, factOf('k', '<', `+${asked}`)),
          )
      }),
    )
  })
})
