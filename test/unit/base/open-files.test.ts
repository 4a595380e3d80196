import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

const FILE = path.resolve(import.meta.dirname, '../../../src/lib/base/open-files.ts')
const CODE = `import { openFilesLimit } from ${JSON.stringify(FILE)}; console.log(openFilesLimit())`

test.each([150, 404])('a process that may open %i files knows it', (limit) => {
  const line = `ulimit -n ${limit} && exec "$0" --input-type=module -e "$1"`
  const { stdout } = spawnSync('sh', ['-c', line, process.execPath, CODE], { encoding: 'utf8' })
  expect(Number(stdout)).toBe(limit)
})
