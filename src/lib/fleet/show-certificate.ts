import { type CertificateDescription, describeCertificate } from '../pki/describe-certificate.ts'
import type { CertificateRecord } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import { type CertificateView, certificateView, isoTime } from './device-view.ts'
import { findCertificate, findCredential, unknownCertificate } from './find-certificate.ts'
import type { Fleet } from './fleet.ts'

type Dated = 'notBefore' | 'notAfter'

/** What `cert show` prints with --json. */
export interface CertificateDetails {
  /** What the certificate says; null when only the registry knows of it. */
  readonly certificate: (Omit<CertificateDescription, Dated> & Readonly<Record<Dated, string>>) | null
  /** Where it was found, `-` for standard input. */
  readonly source: string | null
  /** Whether a private key lies beside it. */
  readonly hasKey: boolean
  /** What the registry says; null when it does not know it. */
  readonly record: CertificateView | null
}

/**
 * One certificate by name, file or serial.
 * @throws NotFoundError `CERTIFICATE_UNKNOWN` · UsageError `CERTIFICATE_FORMAT`
 */
export async function showCertificate(fleet: Fleet, what: string): Promise<CertificateDetails> {
  const registry = await fleet.registry()
  const named = await findCertificate(fleet.directory, what)
  const recorded = named === undefined ? await recordCalled(registry, what) : undefined
  if (named === undefined && recorded === undefined) throw unknownCertificate(what)
  const found = named ?? (await ofRecord(fleet, recorded!))
  if (found === undefined)
    return { certificate: null, source: null, hasKey: false, record: certificateView(recorded!) }
  const description = describeCertificate(found)
  const [record] =
    recorded === undefined ? await registry.certificates({ serial: description.serial }) : [recorded]
  const { notBefore, notAfter } = description
  return {
    certificate: { ...description, notBefore: isoTime(notBefore), notAfter: isoTime(notAfter) },
    source: found.source,
    hasKey: found.key !== undefined,
    record: record?.thumbprint === description.thumbprint ? certificateView(record) : null,
  }
}

/** The record with this serial, else the subject's that ends last. */
async function recordCalled(registry: Registry, what: string): Promise<CertificateRecord | undefined> {
  const [bySerial] = await registry.certificates({ serial: what.replaceAll(':', '').toUpperCase() })
  if (bySerial !== undefined) return bySerial
  const bySubject = await registry.certificates({ subject: what })
  return bySubject.toSorted((one, other) => other.notAfter - one.notAfter)[0]
}

/** The certificate itself, when the folder of its subject holds this one and not another. */
async function ofRecord(fleet: Fleet, { profile, subject, serial }: CertificateRecord) {
  const found = await findCredential(fleet.directory, profile === 'server' ? 'server' : subject)
  return found?.certificate.serialNumber === serial ? found : undefined
}
