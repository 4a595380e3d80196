import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Never changed once released; a new version is a new entry. */
export const STATE_MIGRATIONS: readonly Migration[] = [
  async ({ schema }) => {
    await schema
      .createTable('seen')
      .addColumn('device', sql`text collate nocase`, (column) => column.primaryKey())
      .addColumn('first_seen', 'integer', (column) => column.notNull())
      .addColumn('last_seen', 'integer', (column) => column.notNull())
      .addColumn('messages', 'integer', (column) => column.notNull())
      .addColumn('last_message', 'integer')
      .modifyEnd(sql`strict, without rowid`)
      .execute()
    await schema
      .createTable('refused')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('identity', sql`text collate nocase`, (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('address', 'text', (column) => column.notNull())
      .addColumn('first', 'integer', (column) => column.notNull())
      .addColumn('last', 'integer', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addUniqueConstraint('refused_what', ['identity', 'reason', 'address'])
      .modifyEnd(sql`strict`)
      .execute()
    await schema.createIndex('refused_last').on('refused').column('last').execute()
    await schema
      .createTable('dead_letters')
      // No id is given twice, not even the last one's after it went: the bound counts on that.
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('topic', 'text', (column) => column.notNull())
      .addColumn('payload', 'blob', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('detail', 'text', (column) => column.notNull())
      .addColumn('device', sql`text collate nocase`)
      .addColumn('at', 'integer', (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .execute()
    await schema.createIndex('dead_letters_device').on('dead_letters').columns(['device', 'id']).execute()
  },
  async ({ schema }) => {
    // A device's rhythm (registry/rhythm.ts): its estimated median interval in milliseconds, and when it was last counted.
    await schema.alterTable('seen').addColumn('rhythm', 'real').execute()
    await schema.alterTable('seen').addColumn('beat', 'integer').execute()
    await schema
      .createTable('services')
      .addColumn('role', 'text', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('pid', 'integer', (column) => column.notNull())
      .addColumn('started_at', 'integer', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .addColumn('stopped', 'integer', (column) => column.notNull())
      .addColumn('lag', 'integer', (column) => column.notNull())
      .addColumn('failing', 'text')
      .modifyEnd(sql`strict, without rowid`)
      .execute()
  },
  async ({ schema }) => {
    // Bytes of all letters up to this one: the bound in bytes is a comparison (sql/dead-letters.ts).
    await schema
      .alterTable('dead_letters')
      .addColumn('upto', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await schema.createIndex('dead_letters_upto').on('dead_letters').column('upto').execute()
  },
  async (db) => {
    // What a device does for the first time, until whoever keeps events has taken it: seen by the database itself,
    // because several services note what they hear and none of them knows what the others noted.
    await db.schema
      .createTable('firsts')
      .addColumn('sequence', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('device', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('at', 'integer', (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .execute()
    await sql`create trigger seen_delivered after insert on seen begin
      insert into firsts (device, kind, at) values (new.device, 'delivered', new.first_seen);
      insert into firsts (device, kind, at)
        select new.device, 'reported', new.last_message where new.messages > 0;
    end`.execute(db)
    await sql`create trigger seen_reported after update of messages on seen
      when old.messages = 0 and new.messages > 0 begin
      insert into firsts (device, kind, at) values (new.device, 'reported', new.last_message);
    end`.execute(db)
    await db.schema
      .alterTable('services')
      .addColumn('lost', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await db.schema.alterTable('services').addColumn('lost_at', 'integer').execute()
  },
  async ({ schema }) => {
    // What of a role's messages waits on its disk, as JSON.
    await schema.alterTable('services').addColumn('spool', 'text').execute()
  },
  async ({ schema }) => {
    // While ingest was away nobody was heard: that is not the devices' silence.
    await schema.alterTable('services').addColumn('away_since', 'integer').execute()
  },
  async ({ schema }) => {
    await schema.alterTable('services').addColumn('deaths', 'text').execute()
    await schema
      .alterTable('services')
      .addColumn('collapsed', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
  },
  async ({ schema }) => {
    // Nor is it while ingest runs and has no broker.
    await schema.alterTable('services').addColumn('away_until', 'integer').execute()
    await schema.alterTable('services').addColumn('deaf_since', 'integer').execute()
  },
]
