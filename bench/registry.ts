import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Registry } from '../src/lib/registry/registry.ts'
import { openSqliteRegistry } from '../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../src/lib/registry/sqlite/state.ts'

/**
 * The registry at factory rate: device, tag, certificate of each row and one audit row a transaction of 500, beside
 * the same rows by hand on node:sqlite in the same run. Then what is asked of a fleet of that size.
 * `node bench/registry.ts [rows]`. Bar: 10 000 rows/s.
 */
const rows = Number(process.argv[2] ?? 100_000)
const ROWS = 500
const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const stateFile = path.join(folder, 'state.db')
await using state = await openSqliteState({ stateFile, migrate: true })
const registry = await openSqliteRegistry({
  registryFile: path.join(folder, 'registry.db'),
  stateFile,
  migrate: true,
})

interface Row {
  readonly id: string
  readonly line: string
  readonly serial: string
  readonly thumbprint: string
}

const all: readonly Row[] = Array.from({ length: rows }, (_, index) => ({
  id: `pump-${String(index).padStart(7, '0')}`,
  line: String(index % 100),
  serial: randomBytes(16).toString('hex').toUpperCase(),
  thumbprint: randomBytes(32).toString('hex'),
}))

const byHand = rate(await timed(() => insertByHand(path.join(folder, 'by-hand.db'))))
const ours = rate(await timed(() => insertRows(registry)))
console.log(`rows/s  registry ${ours}  by hand ${byHand}  ratio ${(ours / byHand).toFixed(2)}`)

const now = Date.now()
const seen = all.map(({ id }, index) => ({ device: id, at: now, messages: index % 2 }))
console.log(`state rows/s  seen ${rate(await timed(() => inChunks(seen, (chunk) => state.noteSeen(chunk))))}`)

const tag = { kind: 'tag', key: 'line', comparison: '=', values: ['7'] } as const
const questions: Readonly<Record<string, () => Promise<unknown>>> = {
  'known, all ids': () => registry.known(all.map(({ id }) => id)),
  'all devices, in pages of 1000': allPages,
  'devices of one tag in a hundred': () => registry.devices({ selector: tag }),
  'count of one tag in a hundred': () => registry.countDevices({ selector: tag }),
  'count of all': () => registry.countDevices(),
  unknown: () => registry.unknown(),
  barred: () => registry.barred(),
  'verify the audit': () => registry.verifyAudit(),
  version: () => registry.version(),
}
for (const [name, ask] of Object.entries(questions)) {
  await ask()
  console.log(`${name.padEnd(32)} ${(await timed(ask)).toFixed(1)} ms`)
}
await registry[Symbol.asyncDispose]()
await rm(folder, { recursive: true })

async function insertRows(registry: Registry): Promise<void> {
  const year = 365 * 86_400_000
  await inChunks(all, (chunk) =>
    registry.change(
      'op.bench',
      { action: 'device.provision', subject: `${chunk.length} devices` },
      async (write) => {
        await write.addDevices(chunk.map(({ id, line }) => ({ id, life: 'issued', tags: { line } })))
        await write.addCertificates(
          chunk.map(({ id, serial, thumbprint }) => {
            const names = { serial, thumbprint, subject: id, issuer: 'devices' }
            return { ...names, profile: 'device' as const, notBefore: 0, notAfter: year }
          }),
        )
      },
    ),
  )
}

/** The tables and indexes of the registry, one prepared statement a row: as fast as SQLite takes them here. */
async function insertByHand(file: string): Promise<void> {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const source = new DatabaseSync(path.join(folder, 'registry.db'))
  for (const { sql } of source
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    .all()) {
    database.exec(String(sql))
  }
  source.close()
  const device = database.prepare("INSERT INTO devices VALUES (?, 'issued', 0, 0)")
  const tag = database.prepare("INSERT INTO tags VALUES (?, 'line', ?)")
  const certificate = database.prepare(
    "INSERT INTO certificates VALUES (?, ?, ?, 'device', 'devices', 0, 1, NULL)",
  )
  await inChunks(all, async (chunk) => {
    database.exec('BEGIN IMMEDIATE')
    for (const { id, line, serial, thumbprint } of chunk) {
      device.run(id)
      tag.run(id, line)
      certificate.run(serial, thumbprint, id)
    }
    database.exec('COMMIT')
  })
  database.close()
}

async function allPages(): Promise<void> {
  for (let after: string | undefined; ; ) {
    const page = await registry.devices({ after, limit: 1000 })
    if (page.length < 1000) return
    after = page.at(-1)!.id
  }
}

async function inChunks<T>(items: readonly T[], step: (chunk: readonly T[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += ROWS) await step(items.slice(start, start + ROWS))
}

async function timed(step: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await step()
  return performance.now() - started
}

function rate(milliseconds: number): number {
  return Math.round((rows / milliseconds) * 1000)
}
