import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DeviceListing } from '../src/lib/fleet/list-devices.ts'
import { fillFleet } from './filled-fleet.ts'

/**
 * `device list SELECTOR --json` on a large fleet, against listing all of it: what choosing adds to the program's start
 * and to what is printed. `node bench/selectors.ts [devices]` after `npm run build`. Bar: a selector that chooses few
 * takes well under one second at 40 000 devices.
 */
const devices = Number(process.argv[2] ?? 40_000)
const runs = 5
const program = path.resolve(import.meta.dirname, '../bin/run.js')
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const fleet = path.join(folder, 'acme')
const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, CI: '1' },
    maxBuffer: 1024 ** 3,
  })

const made = run('init', fleet, '--name', 'acme', '--unencrypted-ca-keys')
if (made.status !== 0) throw new Error(made.stderr)
await fillFleet(fleet, devices)
run('device', 'list', 'line=3', '--keep', 'third', '--fleet', fleet)

const SELECTORS = [
  'pump-000007',
  'pump-0000*',
  'silent',
  'silent and fw below 2.4 and not line=3',
  'seen above 10m or cert-ends below 30d',
  'cert-ends below 30d',
  'fw at least 2.10 and line in 1 2',
  'serial above AC-039900',
  'not serial like *7',
  '@third and not silent',
  'all',
]

const bare = median(Array.from({ length: runs }, () => timed(() => spawnSync(process.execPath, ['-e', '0']))))
const table: Record<string, { chosen: number; ms: number; 'x node -e 0': number }> = {}
for (const selector of SELECTORS) {
  const list = () => run('device', 'list', selector, '--json', '--fleet', fleet)
  const { total } = JSON.parse(list().stdout) as DeviceListing
  const ms = median(Array.from({ length: runs }, () => timed(list)))
  table[selector] = { chosen: total, ms: Math.round(ms), 'x node -e 0': Number((ms / bare).toFixed(1)) }
}
console.table(table)
await rm(folder, { recursive: true })

function timed(step: () => unknown): number {
  const started = performance.now()
  step()
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
