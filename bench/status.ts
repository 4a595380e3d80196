import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openSqliteRegistry } from '../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'

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
await fill()

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

async function fill(): Promise<void> {
  const data = (name: string) => path.join(fleet, 'data', name)
  await using state = await openSqliteState({ stateFile: data('state.db'), migrate: false })
  await using registry = await openSqliteRegistry({
    registryFile: data('registry.db'),
    stateFile: data('state.db'),
    migrate: false,
  })
  const now = Date.now()
  for (let start = 0; start < devices; start += 1000) {
    const ids = Array.from({ length: 1000 }, (_, index) => `pump-${String(start + index).padStart(6, '0')}`)
    await registry.change('op.bench', { action: 'bench', subject: 'devices' }, async (write) => {
      await write.addDevices(ids.map((id) => ({ id, life: 'issued', tags: { line: id.at(-1)! } })))
      await write.addCertificates(
        ids.map((subject) => ({
          serial: randomBytes(16).toString('hex').toUpperCase(),
          thumbprint: randomBytes(32).toString('hex'),
          ...{ subject, profile: 'device' as const, issuer: 'devices' },
          ...{ notBefore: now - 1000, notAfter: now + 10 * 365 * 86_400_000 },
        })),
      )
    })
    for (let message = 6; message >= 1; message--) {
      await state.noteSeen(
        ids.map((device, index) => ({
          device,
          at: now - message * 20_000 - (index % 100 === 0 ? 600_000 : 0),
          messages: 1,
        })),
      )
    }
  }
}

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
