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
import type { Turnstile } from './turnstile.ts'

export interface SqliteDialectConfig {
  /** Called once, when the first query comes. */
  readonly open: () => Promise<Opened>
  /** How long a query or the begin of a transaction waits for other processes, in milliseconds. */
  readonly patience: number
  /** What is thrown for an error of SQLite. */
  readonly failure: (error: unknown) => unknown
}

export interface Opened {
  readonly database: DatabaseSync
  /** Where transactions of several processes take turns; a connection that only reads has none. */
  readonly turnstile?: Turnstile | undefined
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
  let opened: Opened
  let connection: DatabaseConnection

  async function ours<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      throw failure(error)
    }
  }

  /** Inside of a transaction nobody can be in the way; outside, a query that found somebody has done nothing. */
  function run<T>(step: () => T): Promise<T> {
    return ours(() => whenFree(step, opened.database.isTransaction ? 0 : patience))
  }

  return {
    async init() {
      opened = await open()
      connection = sqliteConnection(opened.database, run)
    },
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    async beginTransaction() {
      const { database, turnstile } = opened
      if (turnstile === undefined) throw new Error('This connection only reads.')
      await ours(() => turnstile.begin(database, patience))
    },
    commitTransaction: () => run(() => opened.database.exec('COMMIT')),
    async rollbackTransaction() {
      // After SQLITE_FULL or an I/O error SQLite has rolled back by itself.
      if (opened.database.isTransaction) await run(() => opened.database.exec('ROLLBACK'))
    },
    async destroy() {
      opened.turnstile?.[Symbol.dispose]()
      opened.database.close()
    },
  }
}
