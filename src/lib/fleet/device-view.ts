import type { CertificateRecord, Device, LifeState, Tags } from '../registry/device.ts'

/** A device as `--json` shows it: times in ISO 8601, null where there is none. */
export interface DeviceView {
  readonly id: string
  readonly life: LifeState
  readonly blocked: boolean
  readonly tags: Tags
  readonly createdAt: string
  readonly lastSeen: string | null
}

export interface CertificateView {
  readonly serial: string
  readonly subject: string
  readonly profile: CertificateRecord['profile']
  readonly issuer: string
  readonly thumbprint: string
  readonly notBefore: string
  readonly notAfter: string
  readonly revokedAt: string | null
  readonly revokedReason: string | null
}

export function deviceView({ id, life, blocked, tags, createdAt, lastSeen }: Device): DeviceView {
  return { id, life, blocked, tags, createdAt: isoTime(createdAt), lastSeen: isoTimeOrNull(lastSeen) }
}

export function certificateView(record: CertificateRecord): CertificateView {
  const { serial, subject, profile, issuer, thumbprint, notBefore, notAfter, revokedAt, revokedReason } =
    record
  return {
    serial,
    subject,
    profile,
    issuer,
    thumbprint,
    notBefore: isoTime(notBefore),
    notAfter: isoTime(notAfter),
    revokedAt: isoTimeOrNull(revokedAt),
    revokedReason: revokedReason ?? null,
  }
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

export function isoTimeOrNull(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : isoTime(milliseconds)
}
