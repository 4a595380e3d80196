import type { Batch, BatchSummary, NewBatch } from './batch.ts'
import type { CertificateRecord, Device, StoredLife, Tags } from './device.ts'
import type { KeptSet, NewSet } from './kept-set.ts'
import type { Absence } from './rhythm.ts'
import type { Selector } from './selector.ts'
import type { EndingCertificates, FleetSummary, SilentDevice, SilentQuery } from './summary.ts'

/**
 * The registry: what operators ask for. One engine holds it beside the state (design §1); SQLite now, PostgreSQL by
 * the same contract. Every write goes through `change`, which adds a hash-chained audit row in the same transaction.
 */
export interface Registry extends AsyncDisposable {
  /**
   * Runs `fn` in one write transaction and adds one audit row to it; nothing of either remains when `fn` throws.
   * `fn` may be run again when another process was writing: it must have no effect but through `write`, and it must
   * wait for nothing else, because the transaction is open while it does.
   * @param actor CN of the operator (`op.alice`) or service
   * @throws UnreachableError `REGISTRY_BUSY` when other writers held the registry for longer than the deadline,
   *   `REGISTRY_FULL` when the disk is
   */
  change<T>(actor: string, what: AuditEntry, fn: (write: RegistryWrite) => Promise<T>): Promise<T>

  device(id: string): Promise<Device | undefined>
  /** Devices that the selector chooses, by id, at most `limit`, after `after`: pages by key. Retired ones only when asked for. */
  devices(query: DeviceQuery): Promise<readonly Device[]>
  countDevices(query?: Omit<DeviceQuery, 'after' | 'limit'>): Promise<number>
  /** Which of these ids the registry knows, by the id as it was asked for; compared without regard to case. */
  known(ids: readonly string[]): Promise<ReadonlyMap<string, KnownDevice>>
  /** Ids of all devices that may not pass: blocked or retired. */
  barred(): Promise<readonly string[]>
  /** Ids that services have seen with a certificate of the fleet's CA and that the registry does not know. */
  unknown(query?: { readonly limit?: number }): Promise<readonly UnknownDevice[]>
  /** How the devices are at this moment (milliseconds since 1970). */
  summary(now: number, absence?: Absence): Promise<FleetSummary>
  /** Devices that are silent at this moment, the latest first; not missed are those that are blocked, retired or shut out. */
  silent(query: SilentQuery): Promise<readonly SilentDevice[]>
  /** Devices whose last certificate ends before this moment. */
  endingCertificates(query: { readonly before: number; readonly limit: number }): Promise<EndingCertificates>

  /** By serial, at most `limit`, after `after`. */
  certificates(query?: CertificateQuery): Promise<readonly CertificateRecord[]>
  /** Which of these names hold a certificate that is neither revoked nor over at this moment (milliseconds since 1970). */
  certified(subjects: readonly string[], at: number): Promise<ReadonlySet<string>>
  batch(name: string): Promise<Batch | undefined>
  /** The youngest first, at most `limit`. */
  batches(query?: { readonly limit?: number | undefined }): Promise<readonly BatchSummary[]>
  /** Sets of devices that were kept, by name. */
  sets(): Promise<readonly KeptSet[]>
  auditLog(query?: AuditQuery): Promise<readonly AuditRow[]>
  /**
   * Recomputes the whole chain.
   * @param head a hash that was the head once: it must be among the rows, or somebody has cut the chain
   */
  verifyAudit(head?: string): Promise<AuditVerdict>
  /** A number that changes whenever any process has committed a change: cheap enough to ask every second. */
  version(): Promise<number>
}

export interface DeviceQuery {
  readonly selector?: Selector | undefined
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly includeRetired?: boolean
  /** What a selector's times are counted from; else the moment of the query. Pages of one answer share them. */
  readonly moments?: Moments | undefined
}

/** Milliseconds since 1970. */
export interface Moments {
  readonly now: number
  /** Silence is counted up to here: while nothing is taken in, every device would fall silent. */
  readonly heardUntil: number
  /** Nobody was heard then: it is no silence of theirs. */
  readonly absence?: Absence | undefined
}

/** What has to be known before an id may be given a certificate. */
export interface KnownDevice {
  readonly id: string
  readonly life: StoredLife
}

/** Rows in order. */
export interface AuditQuery {
  readonly limit?: number | undefined
  /** Only rows behind this sequence number. */
  readonly after?: number | undefined
  /** Whether `limit` keeps the last rows instead of the first. */
  readonly last?: boolean
}

export interface AuditVerdict {
  /** Rows that follow from one another. */
  readonly rows: number
  /** Hash of the last of them; empty when there is none. */
  readonly head: string
  /** The first row that does not follow from the one before it. */
  readonly brokenAt?: number
  /** The row whose hash was asked for. */
  readonly headAt?: number
}

export interface UnknownDevice {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly lastSeen: number
}

export interface CertificateQuery {
  readonly subject?: string | undefined
  readonly serial?: string | undefined
  readonly issuer?: string | undefined
  readonly profile?: CertificateRecord['profile'] | undefined
  readonly revoked?: boolean | undefined
  /** Only those that end before this moment (milliseconds). */
  readonly endsBefore?: number | undefined
  /** A serial: pages by key. */
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

/**
 * The statements that one transaction may use, each for many rows: at factory rate a call for each row would cost more
 * than the row. Ids compare without regard to case. An id or serial that is not there is refused, not passed over:
 * who believes that it is blocked would be wrong.
 * @throws NotFoundError `DEVICE_UNKNOWN`, `CERTIFICATE_UNKNOWN`
 */
export interface RegistryWrite {
  device(id: string): Promise<KnownDevice | undefined>
  /** @throws UsageError `DEVICE_EXISTS` when one is there, in whatever spelling, or stands among them twice */
  addDevices(devices: readonly NewDevice[]): Promise<void>
  setLife(ids: readonly string[], life: StoredLife): Promise<void>
  setBlocked(ids: readonly string[], blocked: boolean): Promise<void>
  /** A value of undefined takes the tag away. */
  setTags(ids: readonly string[], tags: Readonly<Record<string, string | undefined>>): Promise<void>
  addCertificates(certificates: readonly NewCertificate[]): Promise<void>
  /** Of what is revoked already, the first time and its reason stand. */
  revokeCertificates(serials: readonly string[], at: number, reason?: string): Promise<void>
  /** @throws UsageError `BATCH_EXISTS` */
  addBatch(batch: NewBatch): Promise<void>
  /** Adds to the rows that a batch has done; it is at work again. @throws NotFoundError `BATCH_UNKNOWN` */
  advanceBatch(name: string, rows: number): Promise<void>
  /** A run has come to its end. @throws NotFoundError `BATCH_UNKNOWN` */
  finishBatch(name: string, failed: Readonly<Record<string, number>>): Promise<void>
  /** @throws UsageError `SET_EXISTS` */
  keepSet(set: NewSet): Promise<void>
  /** Of none of this name there is nothing to remove. */
  removeSet(name: string): Promise<void>
}

/** What is issued is not revoked. */
export type NewCertificate = Omit<CertificateRecord, 'revokedAt' | 'revokedReason'>

export interface NewDevice {
  readonly id: string
  readonly life: StoredLife
  readonly tags: Tags
}

/** What an audit row says was done: a verb (`device.block`), what it was done to, and details without secrets. */
export interface AuditEntry {
  readonly action: string
  readonly subject: string
  readonly details?: Readonly<Record<string, unknown>>
}

export interface AuditRow extends AuditEntry {
  readonly sequence: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly actor: string
  /** SHA-256 over the row before and this row, lower-case hex. */
  readonly hash: string
}
