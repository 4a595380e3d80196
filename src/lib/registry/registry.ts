import type { CertificateRecord, Device, LifeState, Tags } from './device.ts'
import type { Selector } from './selector.ts'

/**
 * The registry: what operators ask for. One engine holds it beside the state (design §1); SQLite now, PostgreSQL by
 * the same contract. Every write goes through `change`, which adds a hash-chained audit row in the same transaction.
 */
export interface Registry extends AsyncDisposable {
  /**
   * Runs `fn` in one write transaction and adds one audit row to it; nothing of either remains when `fn` throws.
   * `fn` may be run again when another process was writing: it must have no effect but through `write`.
   * @param actor CN of the operator (`op.alice`) or service
   * @throws UnreachableError `REGISTRY_BUSY` when another writer held the registry for longer than the deadline
   */
  change<T>(actor: string, what: AuditEntry, fn: (write: RegistryWrite) => T): Promise<T>

  device(id: string): Promise<Device | undefined>
  /** Devices that the selector chooses, by id, at most `limit`, after `after`: pages by key. Retired ones only when named or asked for. */
  devices(query: DeviceQuery): Promise<readonly Device[]>
  countDevices(selector?: Selector): Promise<number>
  /** Ids of all devices that may not pass: blocked or retired. */
  barred(): Promise<readonly string[]>

  certificates(query?: CertificateQuery): Promise<readonly CertificateRecord[]>
  auditLog(query?: { readonly limit?: number; readonly after?: number }): Promise<readonly AuditRow[]>
  /** Recomputes the whole chain. `brokenAt` is the first row that does not follow from the one before it. */
  verifyAudit(): Promise<{ readonly rows: number; readonly head: string; readonly brokenAt?: number }>
  /** A number that changes whenever any process has committed a change: cheap enough to ask every second. */
  version(): Promise<number>
}

export interface DeviceQuery {
  readonly selector?: Selector
  readonly after?: string
  readonly limit?: number
  readonly includeRetired?: boolean
}

export interface CertificateQuery {
  readonly subject?: string
  readonly serial?: string
  readonly issuer?: string
  readonly revoked?: boolean
  /** Only those that end before this moment (milliseconds). */
  readonly endsBefore?: number
  readonly after?: string
  readonly limit?: number
}

/** The statements that one transaction may use; synchronous, because a transaction must not wait for anything else. */
export interface RegistryWrite {
  /** undefined: there is no such device. Ids compare without regard to case. */
  device(id: string): Omit<Device, 'lastSeen'> | undefined
  addDevice(device: { readonly id: string; readonly life: LifeState; readonly tags: Tags }): void
  setLife(id: string, life: LifeState): void
  setBlocked(id: string, blocked: boolean): void
  /** A value of undefined takes the tag away. */
  setTags(id: string, tags: Readonly<Record<string, string | undefined>>): void
  addCertificate(certificate: Omit<CertificateRecord, 'revokedAt'>): void
  revokeCertificate(serial: string, at: number): void
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
