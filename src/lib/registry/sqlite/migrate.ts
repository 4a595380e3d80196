import { Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { DatabaseKind } from './database-kind.ts'
import { type SqliteDialectConfig, sqliteDialect } from './dialect.ts'

/**
 * Applies what a database lacks, all in one transaction: killed in the middle, it has its old version. Two processes
 * that try at once take turns, and the second finds nothing to do.
 */
export async function migrate(kind: DatabaseKind, config: SqliteDialectConfig): Promise<void> {
  const db = new Kysely<never>({ dialect: sqliteDialect(config) })
  try {
    await db.transaction().execute(async (transaction) => {
      const migrator = new Migrator({ db: transaction, provider: { getMigrations: async () => named(kind) } })
      const { error } = await migrator.migrateToLatest()
      if (error !== undefined) throw error
      await sql.raw(`PRAGMA application_id = ${kind.applicationId}`).execute(transaction)
      await sql.raw(`PRAGMA user_version = ${kind.migrations.length}`).execute(transaction)
    })
  } finally {
    await db.destroy()
  }
}

/** kysely applies migrations by name, in the order of the names: `0001`, `0002`, … */
function named({ migrations }: DatabaseKind): Record<string, { up: DatabaseKind['migrations'][number] }> {
  return Object.fromEntries(migrations.map((up, index) => [String(index + 1).padStart(4, '0'), { up }]))
}
