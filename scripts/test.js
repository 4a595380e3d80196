// Every check and every test, from a fresh clone: `npm test`. Its last line is `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureInstalled, pinnedNode } from './prepare.js'
import { ensureMosquitto, ensureQuestdb } from './services.js'

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..')
ensureInstalled(root)

const bin = (name) => path.join(root, 'node_modules', '.bin', name)
const nodeFolder = path.dirname(pinnedNode(root))
const env = { ...process.env, PATH: `${nodeFolder}${path.delimiter}${process.env.PATH}` }

const results = { passed: 0, failed: 0, skipped: 0 }

/** A check passes when its program ends with 0; what it printed is shown when it does not. */
function check(what, program, args) {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, env, encoding: 'utf8' })
  report(what, status === 0, `${stdout ?? ''}${stderr ?? ''}`, performance.now() - started)
}

function report(what, good, output, milliseconds = 0) {
  results[good ? 'passed' : 'failed'] += 1
  process.stdout.write(` ${good ? 'ok  ' : 'FAIL'} ${what}  ${(milliseconds / 1000).toFixed(1)} s\n`)
  if (!good) process.stdout.write(`${output}\n`)
}

const read = (name) => (existsSync(path.join(root, name)) ? readFileSync(path.join(root, name), 'utf8') : '')

process.stdout.write('Checks\n')
const committed = read('oclif.manifest.json')
check('build', pinnedNode(root), ['scripts/build.js'])
check('manifest', pinnedNode(root), ['scripts/manifest.js'])
report(
  'oclif.manifest.json is fresh',
  committed === read('oclif.manifest.json'),
  'It was stale; npm run build has made it anew: commit it.',
)
report(
  'the lockfile names no download address',
  !read('package-lock.json').includes('"resolved"'),
  'Run npm install with this .npmrc.',
)
check('types', bin('tsc'), [])
check('lint', bin('oxlint'), ['--type-aware', '--deny-warnings'])
check('format', bin('biome'), ['check', '.'])
check('unused', bin('knip'), [])

process.stdout.write('\nTests\n')
const mosquitto = ensureMosquitto(root)
if (mosquitto) env.FLOTILLA_MOSQUITTO = mosquitto
const questdb = ensureQuestdb(root)
if (questdb) env.FLOTILLA_QUESTDB = questdb
const folder = mkdtempSync(path.join(tmpdir(), 'flotilla-test-'))
const reportFile = path.join(folder, 'vitest.json')
/** A suite that hangs is a failure, and says so before whoever waits for it gives up. */
const LONGEST = 20 * 60_000
spawnSync(
  bin('vitest'),
  [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, env, stdio: 'inherit', timeout: LONGEST, killSignal: 'SIGKILL' },
)
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(reportFile, 'utf8'),
  )
  results.passed += numPassedTests
  results.failed += numFailedTests
  results.skipped += numPendingTests + numTodoTests
  // A file that could not be loaded has no tests that failed.
  results.failed += testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
} catch (error) {
  results.failed += 1
  process.stdout.write(`vitest left no report: ${error.message}\n`)
}
rmSync(folder, { recursive: true, force: true })

if (process.env.CI && results.skipped > 0) {
  process.stdout.write('With CI set a skipped test is a failure.\n')
  results.failed += 1
}
process.exitCode = results.failed === 0 ? 0 : 1
process.stdout.write(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped\n`)
