import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringUpToDate } from '../../src/lib/registry/sqlite/bring-up-to-date.ts'
import type { DatabaseKind } from '../../src/lib/registry/sqlite/database-kind.ts'
import type { Migration } from '../../src/lib/registry/sqlite/migration.ts'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'flotilla-migrations-'))
  file = path.join(folder, 'registry.db')
})
afterEach(() => rm(folder, { recursive: true }))

const create: Migration = async (db) => void (await sql`CREATE TABLE pumps (id TEXT)`.execute(db))
const extend: Migration = async (db) => void (await sql`ALTER TABLE pumps ADD COLUMN hall TEXT`.execute(db))
const fail: Migration = async (db) => {
  await sql`CREATE TABLE half (id TEXT)`.execute(db)
  throw new Error('in the middle')
}

function kindOf(...migrations: readonly Migration[]): DatabaseKind {
  return { name: 'registry', applicationId: 7, synchronous: 'FULL', migrations }
}

function ask(query: string): unknown[] {
  const database = new DatabaseSync(file)
  const rows = database.prepare(query).all()
  database.close()
  return rows.flatMap((row) => Object.values(row))
}

test('a file of an older version keeps its rows and gets what it lacks, once', async () => {
  await bringUpToDate({ kind: kindOf(create), file })
  ask("INSERT INTO pumps VALUES ('pump-1') RETURNING id")
  for (const _again of [1, 2]) await bringUpToDate({ kind: kindOf(create, extend), file })
  expect(ask('SELECT id, hall FROM pumps')).toEqual(['pump-1', null])
  expect(ask('PRAGMA user_version')).toEqual([2])
  expect(ask('PRAGMA journal_mode')).toEqual(['wal'])
})

test('ten versions are applied in their order', async () => {
  const numbers = Array.from({ length: 10 }, (_, index) => index)
  const insert = numbers.map(
    (number): Migration =>
      async (db) =>
        void (await sql`INSERT INTO pumps VALUES (${String(number)})`.execute(db)),
  )
  await bringUpToDate({ kind: kindOf(create, ...insert), file })
  expect(ask('SELECT id FROM pumps ORDER BY rowid')).toEqual(numbers.map(String))
})

test('one that fails leaves the file at its old version, whole', async () => {
  await bringUpToDate({ kind: kindOf(create), file })
  await expect(bringUpToDate({ kind: kindOf(create, extend, fail), file })).rejects.toThrow('in the middle')
  expect(ask('PRAGMA user_version')).toEqual([1])
  expect(ask("SELECT name FROM pragma_table_info('pumps')")).toEqual(['id'])
  expect(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'half'")).toEqual([0])
  await bringUpToDate({ kind: kindOf(create, extend), file })
  expect(ask("SELECT name FROM pragma_table_info('pumps')")).toEqual(['id', 'hall'])
})
