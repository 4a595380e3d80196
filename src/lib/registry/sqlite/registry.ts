import { Kysely, sql } from 'kysely'
import { type Clock, systemClock } from '../../base/clock.ts'
import type { Registry } from '../registry.ts'
import { appendAudit, readAudit, verifyAudit } from '../sql/audit.ts'
import { readBatch, readBatches } from '../sql/batches.ts'
import { certifiedAmong, readCertificates } from '../sql/certificates.ts'
import {
  barredDevices,
  countDevices,
  knownDevices,
  readDevice,
  readDevices,
  unknownDevices,
} from '../sql/devices.ts'
import { readSets } from '../sql/sets.ts'
import { readEnding, readSilent, summarize } from '../sql/summary.ts'
import type { RegistryTables } from '../sql/tables.ts'
import { registryWrite } from '../sql/write.ts'
import { bringUpToDate } from './bring-up-to-date.ts'
import { sqliteDialect } from './dialect.ts'
import { idLike } from './id-like.ts'
import { REGISTRY, STATE } from './kinds.ts'
import { oneOf } from './one-of.ts'
import { readerOf, writerOf } from './open.ts'

export interface SqliteRegistryOptions {
  readonly registryFile: string
  readonly stateFile: string
  /** Makes what is missing and brings both files to this program's version; else they must be so. */
  readonly migrate: boolean
  readonly clock?: Clock
  /** How long to wait for other processes' transactions, in milliseconds. */
  readonly patience?: number
}

/**
 * The registry in a SQLite file, joined with the state in another.
 * @throws NotFoundError `REGISTRY_MISSING`, `STATE_MISSING` · UsageError `…_OUTDATED`, `…_FOREIGN`, `PROGRAM_OUTDATED` ·
 *   UnreachableError `…_BUSY`, `…_FULL` · RefusedError `…_DENIED` · DifferenceError `…_CORRUPT`
 */
export async function openSqliteRegistry(options: SqliteRegistryOptions): Promise<Registry> {
  const { registryFile, stateFile, migrate, clock = systemClock, patience } = options
  const here = { kind: REGISTRY, file: registryFile, patience }
  const state = { kind: STATE, file: stateFile, patience }
  if (migrate) for (const file of [here, state]) await bringUpToDate(file)
  const reader = new Kysely<RegistryTables>({ dialect: sqliteDialect(readerOf(here, [state])) })
  const writer = new Kysely<RegistryTables>({ dialect: sqliteDialect(writerOf(here)) })
  const read = { db: reader, oneOf, idLike }
  await version(reader) // opens it: what is wrong with the files is said here
  return {
    change: (actor, what, fn) =>
      writer.transaction().execute(async (db) => {
        const result = await fn(registryWrite(db, oneOf, clock))
        await appendAudit(db, clock.now(), actor, what)
        return result
      }),
    device: (id) => readDevice(read, id),
    devices: (query) => readDevices(read, query, clock.now()),
    countDevices: (query = {}) => countDevices(read, query, clock.now()),
    known: (ids) => knownDevices(read, ids),
    barred: () => barredDevices(read),
    unknown: (query = {}) => unknownDevices(read, query.limit),
    summary: (now, absence) => summarize(reader, now, absence),
    silent: (query) => readSilent(reader, query),
    endingCertificates: ({ before, limit }) => readEnding(reader, before, limit),
    certificates: (query = {}) => readCertificates(read, query),
    certified: (subjects, at) => certifiedAmong(read, subjects, at),
    batch: (name) => readBatch(reader, name),
    batches: (query = {}) => readBatches(reader, query.limit),
    sets: () => readSets(reader),
    auditLog: (query = {}) => readAudit(reader, query),
    verifyAudit: (head) => verifyAudit(reader, head),
    version: () => version(reader),
    async [Symbol.asyncDispose]() {
      await writer.destroy()
      await reader.destroy()
    },
  }
}

/** Counts the commits of all other connections, our own writer's too, because this one never writes. */
async function version(reader: Kysely<RegistryTables>): Promise<number> {
  const { rows } = await sql<{ data_version: number }>`PRAGMA main.data_version`.execute(reader)
  return rows[0]!.data_version
}
