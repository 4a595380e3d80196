import type { Expression, Generated, Kysely, SqlBool } from 'kysely'
import type { AuditLink } from '../audit-chain.ts'
import type { CertificateRecord, StoredLife } from '../device.ts'

/**
 * The tables of both databases in the subset of SQL that SQLite and PostgreSQL share. Columns with ids compare without
 * regard to case by their collation, so that no query has to. Times are milliseconds since 1970, booleans 0 and 1.
 */
export interface RegistryTables extends ReadableState {
  devices: DeviceRow
  tags: TagRow
  certificates: CertificateRow
  audit: AuditLink
  batches: BatchRow
  sets: SetRow
  set_devices: SetDeviceRow
}

export interface StateTables {
  seen: SeenRow
  refused: RefusedRow
  dead_letters: DeadLetterRow
  services: ServiceRow
  firsts: FirstRow
}

/** The part of the state that the registry's queries join, in the schema (SQLite: the attached file) `state`. */
export interface ReadableState {
  'state.seen': SeenRow
}

export interface DeviceRow {
  id: string
  life: StoredLife
  blocked: number
  created_at: number
}

export interface TagRow {
  device: string
  key: string
  value: string
}

export interface CertificateRow {
  serial: string
  thumbprint: string
  subject: string
  profile: CertificateRecord['profile']
  issuer: string
  not_before: number
  not_after: number
  revoked_at: number | null
  revoked_reason: string | null
}

export interface BatchRow {
  name: string
  action: string
  actor: string
  started_at: number
  finished_at: number | null
  rows: number
  digest: string
  fingerprints: Uint8Array
  done: number
  /** JSON: how many rows failed, by code. */
  failed: string
}

export interface SetRow {
  name: string
  selector: string
  actor: string
  kept_at: number
}

export interface SetDeviceRow {
  name: string
  device: string
}

export interface SeenRow {
  device: string
  first_seen: number
  last_seen: number
  messages: number
  last_message: number | null
  /** Milliseconds. */
  rhythm: Generated<number | null>
  /** When the rhythm was last counted; null: never, and it is counted from the last message. */
  beat: Generated<number | null>
}

export interface ServiceRow {
  role: string
  host: string
  pid: number
  started_at: number
  at: number
  stopped: number
  lag: number
  failing: string | null
  lost: Generated<number>
  lost_at: number | null
  /** JSON of a SpoolNote. */
  spool: string | null
  away_since: number | null
  /** null: until `started_at`. */
  away_until: number | null
  deaf_since: number | null
  /** JSON of Deaths. */
  deaths: string | null
  collapsed: Generated<number>
}

/** What a device has done for the first time; a trigger on `seen` adds it. */
export interface FirstRow {
  sequence: Generated<number>
  device: string
  kind: 'delivered' | 'reported'
  at: number
}

export interface RefusedRow {
  id: Generated<number>
  identity: string
  reason: string
  address: string
  first: number
  last: number
  count: number
}

export interface DeadLetterRow {
  id: Generated<number>
  /** Bytes of all letters that ever came, up to this one. */
  upto: number
  topic: string
  payload: Uint8Array
  reason: string
  detail: string
  device: string | null
  at: number
}

/** Whether a column, or what is computed, is one of many values, as one parameter: how that is said differs between engines. */
export type OneOf = (of: string | Expression<unknown>, values: readonly string[]) => Expression<SqlBool>

/** Whether a column of ids is like a pattern, in which `*` stands for any characters; case makes no difference. */
export type IdLike = (column: string, pattern: string) => Expression<SqlBool>

/** A database as the shared queries see it. */
export interface Queries<Tables> {
  readonly db: Kysely<Tables>
  readonly oneOf: OneOf
  readonly idLike: IdLike
}
