import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'

/** Says on stderr at the end how many files of the program Node has loaded. */
const COUNT = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  let files = 0
  registerHooks({ load: (url, context, next) => { files += url.includes('/dist/') ? 1 : 0; return next(url, context) } })
  process.on('exit', () => process.stderr.write('files: ' + files + '\\n'))
`)}`

async function filesOf(args: readonly string[]): Promise<number> {
  const { stderr } = await flotilla(args, { env: { NODE_OPTIONS: `--import=${COUNT}` } })
  return Number(/^files: (\d+)$/m.exec(stripVTControlCharacters(stderr))?.[1])
}

// Each file costs 0.4 ms to find and open; how long all of it takes is measured by bench/startup.ts.
test('a command loads few files, and help hardly any', async () => {
  await using fleet = await TestFleet.make({ broker: 'external' })
  const list = await filesOf(['device', 'list', '--fleet', fleet.folder])
  expect(list).toBeGreaterThan(5)
  expect(list).toBeLessThanOrEqual(40)
  expect(await filesOf(['device', 'list', '--help'])).toBeLessThanOrEqual(10)
})
