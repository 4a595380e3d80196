import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../../../../src/lib/base/errors.ts'
import { type AnswerPage, answerPages } from '../../../../src/lib/telemetry/questdb/answer-pages.ts'
import { collected } from '../../../support/collected.ts'

async function* cutAt(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((a, b) => a - b)
  let from = 0
  for (const to of [...places, text.length]) {
    yield text.slice(from, to)
    from = to
  }
}

async function read(text: string, cuts: readonly number[] = []): Promise<AnswerPage[]> {
  return collected(answerPages(cutAt(text, cuts)))
}

const columns = [
  { name: '"dataset":[', type: 'STRING' },
  { name: 'n', type: 'LONG' },
]
const head = `{"query":"SELECT '\\"dataset\\":[['","columns":${JSON.stringify(columns)},"timestamp":-1,"dataset":`
const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null), fc.array(fc.double()))
const rows = fc.array(fc.tuple(cell, fc.stringMatching(/^[[\]{}"\\,]*$/)))
/** As the server writes it: a NUL stays as it is. */
const written = (value: unknown) => JSON.stringify(value).replaceAll('\\u0000', '\u0000')

test('whatever the rows hold and wherever the answer is cut, each row comes once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.array(fc.nat()), async (dataset, cuts) => {
      const text = `${head}${written(dataset)},"count":${dataset.length}}`
      const pages = await read(text, cuts)
      expect(pages[0]).toEqual({ columns, dataset: [] })
      expect(pages.flatMap((page) => page.dataset)).toEqual(JSON.parse(JSON.stringify(dataset)))
    }),
  )
})

test('an answer that breaks off anywhere is an error, however much of it came', async () => {
  const text = `${head}[["a",1],["b",2]],"count":2}`
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), async (end) => {
      await expect(read(text.slice(0, end))).rejects.toThrow(SyntaxError)
    }),
  )
})

test('a failure behind the first rows is told', async () => {
  const text = `${head}[["a",1]],"count":1,"error":"timeout, query aborted"}`
  const pages = answerPages(cutAt(text, [head.length + 9]))
  expect((await pages.next()).value?.columns).toEqual(columns)
  expect((await pages.next()).value?.dataset).toEqual([['a', 1]])
  await expect(pages.next()).rejects.toThrow(UsageError)
})
