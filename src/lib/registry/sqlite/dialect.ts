import type { DatabaseSync } from 'node:sqlite'
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { sqliteConnection } from './connection.ts'
import { whenFree } from './patience.ts'

export interface SqliteDialectConfig {
  /** Called once, when the first query comes. */
  readonly open: () => Promise<DatabaseSync>
  /** How long a query or the begin of a transaction waits for other processes, in milliseconds. */
  readonly patience: number
  /** What is thrown for an error of SQLite. */
  readonly failure: (error: unknown) => unknown
}

/** kysely on node:sqlite. One connection: transactions and queries of one Kysely take turns, in order. */
export function sqliteDialect(config: SqliteDialectConfig): Dialect {
  return {
    createDriver: () => sqliteDriver(config),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalDdl(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

/** kysely's adapter leaves DDL outside of transactions; SQLite has it inside (a migration is whole or not there). */
class TransactionalDdl extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function sqliteDriver({ open, patience, failure }: SqliteDialectConfig): Driver {
  let database: DatabaseSync
  let connection: DatabaseConnection

  /** Inside of a transaction nobody can be in the way; outside, a query that found somebody has done nothing. */
  async function run<T>(step: () => T): Promise<T> {
    try {
      return await whenFree(step, database.isTransaction ? 0 : patience)
    } catch (error) {
      throw failure(error)
    }
  }

  return {
    async init() {
      database = await open()
      connection = sqliteConnection(database, run)
    },
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    // IMMEDIATE: a transaction that reads first and writes then would fail at once beside another writer, whatever the
    // time-out, because its snapshot is old.
    beginTransaction: () => run(() => database.exec('BEGIN IMMEDIATE')),
    commitTransaction: () => run(() => database.exec('COMMIT')),
    async rollbackTransaction() {
      // After SQLITE_FULL or an I/O error SQLite has rolled back by itself.
      if (database.isTransaction) await run(() => database.exec('ROLLBACK'))
    },
    destroy: async () => database.close(),
  }
}
