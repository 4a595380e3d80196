import type { Kysely } from 'kysely'

/** Brings a database from one version to the next. What it builds on is written down in it, not imported: it stays. */
export type Migration = (db: Kysely<never>) => Promise<void>
