import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/**
 * Start-up of the built program as a ratio to `node -e 0` in the same run; medians of pairs, A B A B.
 * `node bench/startup.ts [runs]` after `npm run build`. Bars: --version 4, a command that opens the registry 5.
 */
const runs = Number(process.argv[2] ?? 15)
const program = path.resolve(import.meta.dirname, '../bin/run.js')
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const fleet = path.join(folder, 'acme')

function once(args: readonly string[]): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, CI: '1' },
  })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return performance.now() - started
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}

once([program, 'init', fleet, '--unencrypted-ca-keys'])
const commands: Readonly<Record<string, readonly string[]>> = {
  '--version': ['--version'],
  '--help': ['--help'],
  'device list': ['device', 'list', '--fleet', fleet],
  'device list --json': ['device', 'list', '--fleet', fleet, '--json'],
  'ca show': ['ca', 'show', '--fleet', fleet],
}
const table: Record<string, { ms: number; 'node -e 0': number; ratio: string }> = {}
for (const [name, args] of Object.entries(commands)) {
  const ours: number[] = []
  const bare: number[] = []
  once([program, ...args]) // fills the compile cache
  for (let run = 0; run < runs; run++) {
    bare.push(once(['-e', '0']))
    ours.push(once([program, ...args]))
  }
  const [a, b] = [median(ours), median(bare)]
  table[name] = { ms: Math.round(a), 'node -e 0': Math.round(b), ratio: (a / b).toFixed(2) }
}
console.table(table)
await rm(folder, { recursive: true })
