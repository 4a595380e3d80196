import { spawnSync } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openAuthority } from '../src/lib/pki/authorities.ts'
import { cn, ecKeys, makeCsr } from '../test/support/csr.ts'
import { Jig } from '../test/support/jig.ts'

/**
 * What a test jig waits for a line of `device provision --from -`: median and 95th percentile, beside what it is made
 * of, in turn within one run: a coprocess that only echoes, a key and a certificate in memory, one synced file.
 * `node bench/coprocess.ts [lines]` after a build. Bar: 5 ms a line on a quiet machine.
 */
const lines = Number(process.argv[2] ?? 200)
const WARM_UP = 20

const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const fleet = path.join(folder, 'acme')
const program = path.resolve(import.meta.dirname, '../bin/run.js')
const made = spawnSync(process.execPath, [program, 'init', fleet, '--unencrypted-ca-keys', '--no-input'], {
  encoding: 'utf8',
})
if (made.status !== 0) throw new Error(`init ended with ${made.status}: ${made.stderr}`)
const authority = await openAuthority(path.join(fleet, 'ca'), 'devices', 'acme', () => Promise.resolve(''))
const now = Date.now()
const plan = { profile: 'device', notBefore: now - 3_600_000, notAfter: now + 86_400_000 } as const
const keys = ecKeys()
const csrs = Array.from({ length: lines + WARM_UP }, (_, n) =>
  makeCsr({ ...keys, subject: [cn(`csr-${n}`)] }).toString('base64'),
)

await using jig = new Jig(['device', 'provision', '--from', '-', '--fleet', fleet], {})
await using echo = new Jig([], {}, ['-e', 'process.stdin.pipe(process.stdout)'])
const file = await open(path.join(folder, 'synced'), 'w')

const jobs: Readonly<Record<string, (n: number) => unknown>> = {
  'echo of a line': (n) => echo.ask({ id: `own-${n}` }),
  'key + certificate in memory': (n) => authority.issueWithKey({ ...plan, subject: `pump-${n}` }),
  'a file of 1 KB, synced': async () => {
    await file.write(Buffer.alloc(1024, 1), 0, 1024, 0)
    await file.sync()
  },
  'line with a request': (n) => jig.ask({ csr: csrs[n] }),
  'line without: our key': (n) => jig.ask({ id: `own-${n}` }),
  'line: delivered': (n) => jig.ask({ id: `own-${n}`, event: 'delivered' }),
}
const taken = new Map<string, number[]>(Object.keys(jobs).map((name) => [name, []]))
for (let n = 0; n < lines + WARM_UP; n++) {
  for (const [name, job] of Object.entries(jobs)) {
    const started = performance.now()
    const answer = await job(n)
    if (name.startsWith('line') && (answer as { state: string }).state === 'failed')
      throw new Error(`${name}: ${JSON.stringify(answer)}`)
    if (n >= WARM_UP) taken.get(name)!.push(performance.now() - started)
  }
}
await file.close()

const at = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!
const parts = at(taken.get('key + certificate in memory')!, 0.5) + at(taken.get('echo of a line')!, 0.5)
console.table(
  Object.fromEntries(
    [...taken].map(([name, values]) => {
      const median = at(values, 0.5)
      const ratio = name.startsWith('line') ? { 'x (echo + issuing)': (median / parts).toFixed(1) } : {}
      return [name, { 'median ms': median.toFixed(2), 'p95 ms': at(values, 0.95).toFixed(2), ...ratio }]
    }),
  ),
)
await rm(folder, { recursive: true })
