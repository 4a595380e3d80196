import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Never changed once released; a new version is a new entry. */
export const REGISTRY_MIGRATIONS: readonly Migration[] = [
  async ({ schema }) => {
    await schema
      .createTable('devices')
      .addColumn('id', sql`text collate nocase`, (column) => column.primaryKey())
      .addColumn('life', 'text', (column) => column.notNull())
      .addColumn('blocked', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'integer', (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .execute()
    // Asked for whenever the registry has changed, by every broker.
    await schema
      .createIndex('devices_barred')
      .on('devices')
      .column('id')
      .where(sql<boolean>`(blocked = 1 or life = 'retired')`)
      .execute()
    await schema
      .createTable('tags')
      .addColumn('device', sql`text collate nocase`, (column) => column.notNull().references('devices.id'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tags_key', ['device', 'key'])
      .modifyEnd(sql`strict, without rowid`)
      .execute()
    await schema.createIndex('tags_value').on('tags').columns(['key', 'value', 'device']).execute()
    await schema
      .createTable('certificates')
      .addColumn('serial', 'text', (column) => column.primaryKey())
      .addColumn('thumbprint', 'text', (column) => column.notNull())
      .addColumn('subject', sql`text collate nocase`, (column) => column.notNull())
      .addColumn('profile', 'text', (column) => column.notNull())
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('not_before', 'integer', (column) => column.notNull())
      .addColumn('not_after', 'integer', (column) => column.notNull())
      .addColumn('revoked_at', 'integer')
      .modifyEnd(sql`strict, without rowid`)
      .execute()
    await schema.createIndex('certificates_subject').on('certificates').column('subject').execute()
    // A revocation list is written page by page from it.
    await schema
      .createIndex('certificates_revoked')
      .on('certificates')
      .columns(['issuer', 'serial'])
      .where(sql<boolean>`revoked_at is not null`)
      .execute()
    await schema
      .createTable('audit')
      .addColumn('sequence', 'integer', (column) => column.primaryKey())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('details', 'text')
      .addColumn('hash', 'text', (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .execute()
  },
  async ({ schema }) => {
    await schema
      .createTable('batches')
      .addColumn('name', sql`text collate nocase`, (column) => column.primaryKey())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('started_at', 'integer', (column) => column.notNull())
      .addColumn('finished_at', 'integer')
      .addColumn('rows', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('done', 'integer', (column) => column.notNull())
      .addColumn('failed', 'text', (column) => column.notNull())
      // Last: the other columns are read without its pages.
      .addColumn('fingerprints', 'blob', (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .execute()
  },
  async ({ schema }) => {
    await schema.alterTable('certificates').addColumn('revoked_reason', 'text').execute()
  },
  async ({ schema }) => {
    await schema
      .createTable('sets')
      .addColumn('name', sql`text collate nocase`, (column) => column.primaryKey())
      .addColumn('selector', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('kept_at', 'integer', (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .execute()
    await schema
      .createTable('set_devices')
      .addColumn('name', sql`text collate nocase`, (column) => column.notNull().references('sets.name'))
      .addColumn('device', sql`text collate nocase`, (column) => column.notNull().references('devices.id'))
      .addPrimaryKeyConstraint('set_devices_key', ['name', 'device'])
      .modifyEnd(sql`strict, without rowid`)
      .execute()
  },
]
