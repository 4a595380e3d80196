import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { records } from '../../../src/lib/batch/records.ts'
import { isFault } from '../../../src/lib/batch/row.ts'

// oxlint-disable-next-line require-await -- a stream that has its bytes already
async function* inPieces(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function read(text: string, quoted: boolean, sizes: readonly number[] = [7]) {
  const all: (readonly [line: number, text: string])[] = []
  for await (const record of records(inPieces(text, sizes), { quoted })) {
    all.push([record.line, isFault(record) ? record.code : record.bytes.toString()])
  }
  return all
}

describe('records of a file', () => {
  test('line ends of both kinds, empty lines and a last one without an end', async () => {
    expect(await read('a\r\n\r\nb\n\nc', false)).toEqual([
      [1, 'a'],
      [3, 'b'],
      [5, 'c'],
    ])
  })

  test('a line end between quotes is inside, and the next record knows its line', async () => {
    expect(await read('id\n"a\nb"\nc\n', true)).toEqual([
      [1, 'id'],
      [2, '"a\nb"'],
      [4, 'c'],
    ])
  })

  test('a quote that is never closed is one fault, where it was opened', async () => {
    expect(await read('id\n"a\nb\nc\n', true)).toEqual([
      [1, 'id'],
      [2, 'ROW_BAD'],
    ])
  })

  test('what never ends is a fault, and memory does not grow', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(4096, 0x61)
    }
    const all: unknown[] = []
    for await (const record of records(endless(), { quoted: false })) all.push(record)
    expect(all).toEqual([expect.objectContaining({ line: 1, code: 'ROW_BAD' })])
  })

  test('the same, however the bytes are cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\n', '\r', 'ä') })
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(text, sizes, fc.boolean(), async (content, cuts, quoted) => {
        expect(await read(content, quoted, cuts)).toEqual(await read(content, quoted, [1000]))
      }),
    )
  })
})
