import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'
import { fillFleet } from './filled-fleet.ts'

/**
 * `status` and `status --json` on a fleet with a certificate and a history of each device; one in a hundred is silent.
 * Then what the rhythm costs ingest: notes of 1 000 devices a batch. `node bench/status.ts [devices]` after `npm run
 * build`. Bar: under one second at 40 000 devices.
 */
const devices = Number(process.argv[2] ?? 40_000)
const runs = 7
const program = path.resolve(import.meta.dirname, '../bin/run.js')
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const fleet = path.join(folder, 'acme')
const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env: { ...process.env, CI: '1' } })

const made = run('init', fleet, '--name', 'acme', '--unencrypted-ca-keys')
if (made.status !== 0) throw new Error(made.stderr)
await fillFleet(fleet, devices)

const table: Record<string, { ms: number; 'node -e 0': number }> = {}
for (const args of [['status'], ['status', '--json']]) {
  run(...args, '--fleet', fleet) // fills the compile cache
  const times = Array.from({ length: runs }, () => timed(() => run(...args, '--fleet', fleet)))
  const bare = Array.from({ length: runs }, () => timed(() => spawnSync(process.execPath, ['-e', '0'])))
  table[args.join(' ')] = { ms: median(times), 'node -e 0': median(bare) }
}
console.table(table)
process.stdout.write(run('status', '--fleet', fleet).stdout)
await noteCost()
await rm(folder, { recursive: true })

/** Each device is in the file already: what a running ingest does several times a second. */
async function noteCost(): Promise<void> {
  await using state = await openSqliteState({ stateFile: path.join(fleet, 'data/state.db'), migrate: false })
  const batches = 50
  let at = Date.now()
  const cpu = process.cpuUsage()
  for (let batch = 0; batch < batches; batch++) {
    at += 15_000
    await state.noteSeen(
      Array.from({ length: 1000 }, (_, index) => ({
        device: `pump-${String(index).padStart(6, '0')}`,
        at: at + index,
        messages: 5,
      })),
    )
  }
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `noteSeen, 1 000 devices a batch: ${((user + system) / batches / 1000).toFixed(2)} CPU-ms a batch`,
  )
}

function timed(step: () => unknown): number {
  const started = performance.now()
  step()
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!)
}
