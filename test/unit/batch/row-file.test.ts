import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isFault } from '../../../src/lib/batch/row.ts'
import { openRowFile } from '../../../src/lib/batch/row-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-rows-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function rowsOf(name: string, content: string | Uint8Array) {
  const file = path.join(folder, name)
  await writeFile(file, content)
  const all: unknown[] = []
  for await (const row of (await openRowFile(file)).rows()) {
    all.push(isFault(row) ? [row.line, row.code, row.message] : [row.line, Object.fromEntries(row.fields)])
  }
  return all
}

describe('CSV', () => {
  test('columns by name, empty cells left out', async () => {
    expect(await rowsOf('lot.csv', 'id,hall,line\r\na,B,\r\n"b","C, x",3\r\n')).toEqual([
      [2, { id: 'a', hall: 'B' }],
      [3, { id: 'b', hall: 'C, x', line: '3' }],
    ])
  })

  test('every bad row is named, and the good ones between them are read', async () => {
    expect(await rowsOf('lot.csv', 'id,hall\na\nb,1\nc"c,1\nd,1,2\n')).toEqual([
      [2, 'ROW_BAD', 'the first line names 2 columns, here are 1'],
      [3, { id: 'b', hall: '1' }],
      [4, 'ROW_BAD', 'has a quote in the middle of a field'],
      [5, 'ROW_BAD', 'the first line names 2 columns, here are 3'],
    ])
  })

  test('text that is no UTF-8 is named by its line, not guessed', async () => {
    const latin1 = Buffer.from('id,hall\na,M\xfcnchen\nb,x\n', 'latin1')
    expect(await rowsOf('lot.csv', latin1)).toEqual([
      [2, 'ROW_BAD', 'is no UTF-8'],
      [3, { id: 'b', hall: 'x' }],
    ])
  })

  test.each([
    ['id,id\na,b\n', 'names the column "id" twice'],
    ['id,\na,b\n', 'has a column without a name'],
  ])('a first line that names no columns ends it: %j', async (content, message) => {
    expect(await rowsOf('lot.csv', content)).toEqual([[1, 'ROW_BAD', message]])
  })
})

test('NDJSON: strings, numbers and booleans are fields, null is none, and nothing else is a row', async () => {
  const lines = ['{"id":"a","n":1.5,"b":true,"x":null}', '[]', '{"id":"a"', '{"id":{"x":1}}', 'null']
  expect(await rowsOf('lot.ndjson', lines.join('\n'))).toEqual([
    [1, { id: 'a', n: '1.5', b: 'true' }],
    [2, 'ROW_BAD', 'is no JSON object'],
    [3, 'ROW_BAD', 'is no JSON object'],
    [4, 'ROW_BAD', 'has an object or a list as "id"'],
    [5, 'ROW_BAD', 'is no JSON object'],
  ])
})

test('what is no file of rows is refused by name', async () => {
  await expect(openRowFile(path.join(folder, 'lot.xlsx'))).rejects.toMatchObject({
    code: 'FROM_FORMAT',
    exitCode: 2,
  })
  await expect(openRowFile(path.join(folder, 'no.csv'))).rejects.toMatchObject({
    code: 'FROM_FILE',
    exitCode: 2,
  })
  await expect(openRowFile('-')).rejects.toMatchObject({ code: 'FROM_FILE', exitCode: 2 })
  await expect(openRowFile('/dev/null.csv')).rejects.toMatchObject({ code: 'FROM_FILE' })
})
