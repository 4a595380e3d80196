import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../src/lib/base/clock.ts'
import { createAuthorities, openAuthority } from '../src/lib/pki/authorities.ts'
import { openIssuer } from '../src/lib/provisioning/issue-threads.ts'
import { issuePack } from '../src/lib/provisioning/pack.ts'
import { provisionDevices } from '../src/lib/provisioning/provision.ts'
import { openSqliteRegistry } from '../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'

/**
 * Credentials at factory rate: key, certificate, pack on disk (synced) and registry row, beside what one thread does
 * in memory in the same run, and peak memory of one tenth of the rows beside that of all. Then the number of rows from
 * which threads pay. `node bench/provision.ts [rows]`. Bar: 5 000 sets/s on two cores, memory flat.
 */
const [given = '100000', isChild] = process.argv.slice(2)
const rows = Number(given)
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const none = () => Promise.resolve('')
await createAuthorities(folder, {
  fleet: 'acme',
  passphrase: () => Promise.resolve(undefined),
  existingPassphrase: none,
  lifetimes: { root: 20 * 365 * 86_400_000, issuing: 10 * 365 * 86_400_000 },
  clock: systemClock,
})
const authority = await openAuthority(folder, 'devices', 'acme', none)
const now = Date.now()
const plan = { notBefore: now - 3_600_000, notAfter: now + 86_400_000 }

if (isChild === undefined) {
  const inMemory = await rateInMemory(Math.min(rows, 10_000))
  const tenth = await provisionElsewhere(rows / 10)
  const all = await provisionElsewhere(rows)
  console.log(`${availableParallelism()} cores`)
  console.log(`in memory, one thread       ${inMemory}/s`)
  console.log(
    `packs and rows, ${String(rows / 10).padStart(7)}     ${tenth.rate}/s, alive ${tenth.live} MB, peak ${tenth.peak} MB`,
  )
  console.log(
    `packs and rows, ${String(rows).padStart(7)}     ${all.rate}/s, alive ${all.live} MB, peak ${all.peak} MB`,
  )
  console.log(
    `ratio to one thread in memory ${(all.rate / inMemory).toFixed(2)}, peak ratio ${(all.peak / tenth.peak).toFixed(2)}`,
  )
  await whereThreadsPay()
} else console.log(JSON.stringify(await provision(rows)))
await rm(folder, { recursive: true })

interface Measured {
  readonly rate: number
  /** Megabytes: of the process at most, and alive at the end. */
  readonly peak: number
  readonly live: number
}

async function provision(count: number): Promise<Measured> {
  const files = { registryFile: path.join(folder, 'registry.db'), stateFile: path.join(folder, 'state.db') }
  await using _state = await openSqliteState({ stateFile: files.stateFile, migrate: true })
  await using registry = await openSqliteRegistry({ ...files, migrate: true })
  const started = performance.now()
  await provisionDevices({
    devices: devices(count),
    rows: count,
    layout: { kind: 'packs', label: 'bench' },
    actor: 'op.bench',
    registry,
    authority: () => Promise.resolve(authority),
    devicesFolder: path.join(folder, 'devices'),
    plan,
    allowedFailures: 0,
    onOutcomes: () => Promise.resolve(),
  })
  const rate = Math.round((count / (performance.now() - started)) * 1000)
  const peak = Math.round(process.resourceUsage().maxRSS / 1024)
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return { rate, peak, live: Math.round((heapUsed + external) / 2 ** 20) }
}

/** A process of its own, so that its peak memory is its own. */
async function provisionElsewhere(count: number): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    import.meta.filename,
    String(count),
    'child',
  ])
  return JSON.parse(stdout) as Measured
}

// oxlint-disable-next-line require-await -- rows come from a file, as a rule
async function* devices(count: number) {
  for (let line = 1; line <= count; line++) {
    yield { line, id: `pump-${String(line).padStart(6, '0')}`, tags: { line: String(line % 10) } }
  }
}

function rowsOf(count: number): { readonly id: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `pump-${index}` }))
}

async function rateInMemory(count: number): Promise<number> {
  issuePack(authority, rowsOf(500), plan)
  const started = performance.now()
  for (let done = 0; done < count; done += 1000) issuePack(authority, rowsOf(1000), plan)
  return Math.round((count / (performance.now() - started)) * 1000)
}

/** From the start of a thread to its last pack, beside the same packs here. */
async function whereThreadsPay(): Promise<void> {
  for (const count of [500, 1000, 2000, 4000]) {
    const packs = Array.from({ length: Math.ceil(count / 1000) }, () => rowsOf(Math.min(count, 1000)))
    const times: number[] = []
    for (const threads of [0, 1]) {
      const started = performance.now()
      await using issuer = openIssuer(authority, plan, threads)
      for (const pack of packs) await issuer.issue(pack)
      times.push(performance.now() - started)
    }
    const [here = 0, beside = 0] = times
    console.log(
      `${String(count).padStart(5)} rows  here ${here.toFixed(0)} ms, in a thread ${beside.toFixed(0)} ms`,
    )
  }
}
