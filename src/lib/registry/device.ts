/** How far a device has come (design §4). `blocked` is a flag beside it. */
export const LIFE_STATES = ['registered', 'issued', 'delivered', 'reported', 'retired'] as const
export type LifeState = (typeof LIFE_STATES)[number]
/** What the registry stores of it; `reported`, and `delivered` by a first connection, follow from what services have seen. */
export type StoredLife = Exclude<LifeState, 'reported'>

/**
 * What two spellings of one id have in common. Only A–Z have another case: SQLite's NOCASE knows no other, and
 * toLowerCase() would turn the Kelvin sign into a k.
 */
export function foldId(id: string): string {
  return id.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

export type Tags = Readonly<Record<string, string>>

export interface Device {
  /** CN, client id and AWS thing name; unique without regard to case. */
  readonly id: string
  readonly life: LifeState
  readonly blocked: boolean
  readonly tags: Tags
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** When a service last heard it, milliseconds since 1970; undefined: never. */
  readonly lastSeen: number | undefined
}

/** What the registry keeps of a certificate; the certificate itself is with its device. */
export interface CertificateRecord {
  /** Upper-case hex without leading zeros, as OpenSSL prints it. */
  readonly serial: string
  /** SHA-256 over the DER, lower-case hex. */
  readonly thumbprint: string
  /** CN of the subject: a device's id, `op.…`, `svc.…`, or a server's first name. */
  readonly subject: string
  readonly profile: 'device' | 'server' | 'operator' | 'service'
  /** Which CA signed it. */
  readonly issuer: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  readonly revokedAt: number | undefined
  /** A CRLReason (RFC 5280 §5.3.1); undefined: none was given. */
  readonly revokedReason?: string | undefined
}
