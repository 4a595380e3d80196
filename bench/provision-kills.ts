import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { flotilla } from '../test/support/program.ts'
import { killAndGoOn } from '../test/support/provision-kills.ts'

/**
 * Batches that are killed at random moments and typed again until they are done: every device must be there once, no
 * serial twice, no key without its certificate, no half file. Needs a build. `node bench/provision-kills.ts [kills]`
 */
const kills = Number(process.argv[2] ?? 200)
const EACH = 10
const passphrase = 'correct horse battery'
const problems: string[] = []
let amidst = 0
let batches = 0

for (let left = kills; left > 0; left -= EACH * 2) {
  // A fleet of its own for each round: looking at all that lies there is most of the time.
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
  await flotilla(['init', folder, '--name', 'acme'], { env: { FLOTILLA_CA_PASSPHRASE: passphrase } })
  for (const [layout, rows] of [
    ['packs', 3500],
    ['folders', 200],
  ] as const) {
    const report = await killAndGoOn({
      ...{ folder, prefix: layout, rows, layout, passphrase },
      kills: Math.min(EACH, left),
    })
    batches++
    problems.push(...report.problems)
    amidst += report.doneAtKill.filter((done) => done > 0 && done < rows).length
    console.log(`${layout.padEnd(8)} rows done at the kills: ${report.doneAtKill.join(', ')} of ${rows}`)
  }
  await rm(folder, { recursive: true })
}
console.log(`${batches} batches, ${amidst} kills in the middle of one, ${problems.length} problems`)
for (const problem of problems) console.log(`  ${problem}`)
if (problems.length > 0) process.exitCode = 1
