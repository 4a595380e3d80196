import { systemClock } from '../base/clock.ts'
import type { CertificateRecord } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import { type CertificateView, certificateView } from './device-view.ts'
import { everyCertificate } from './every-certificate.ts'

export interface ListCertificates {
  readonly profile: CertificateRecord['profile'] | undefined
  /** Only those that end within this many milliseconds, or have ended. */
  readonly endsWithin: number | undefined
  readonly revoked: boolean
  readonly limit: number | undefined
}

/** What `cert list` prints with --json. */
export interface CertificateListing {
  /** Those that end first come first. */
  readonly certificates: readonly CertificateView[]
  /** How many there are; more than `certificates` when --limit cut them. */
  readonly total: number
}

/** Certificates of the registry: the revoked ones when asked for, else the others. */
export async function listCertificates(
  registry: Registry,
  request: ListCertificates,
): Promise<CertificateListing> {
  const { profile, endsWithin, revoked, limit } = request
  const endsBefore = endsWithin === undefined ? undefined : systemClock.now() + endsWithin
  const all = await everyCertificate(registry, { profile, endsBefore, revoked })
  const sorted = all.toSorted((one, other) => one.notAfter - other.notAfter)
  return { certificates: sorted.slice(0, limit).map(certificateView), total: all.length }
}
