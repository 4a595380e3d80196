import { systemClock } from '../base/clock.ts'
import { UsageError } from '../base/errors.ts'
import { once } from '../base/once.ts'
import { takeLock } from '../base/process-lock.ts'
import { openAuthority } from '../pki/authorities.ts'
import type { Authority, AuthorityName } from '../pki/authority.ts'
import type { RevocationReason } from '../pki/crl.ts'
import type { CertificateRecord } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import { tellBroker } from './bar-devices.ts'
import { type CertificateView, certificateView } from './device-view.ts'
import { findCredential, unknownCertificate } from './find-certificate.ts'
import type { Fleet } from './fleet.ts'
import { type PublishedCrl, signCrlOf } from './publish-crl.ts'
import type { ReloadResult } from './reload-broker.ts'
import { checkAffected } from './select-devices.ts'

export interface RevokeRequest {
  /** Serials, or the names of holders: a device, `op.alice`, `svc.ingest`. */
  readonly named: readonly string[]
  readonly reason: RevocationReason
  readonly maxAffected: number
  readonly passphrase: () => Promise<string>
  /** Asked with what is to be revoked before anything is changed; throws to stop. */
  readonly confirm: (certificates: readonly CertificateView[]) => Promise<void>
}

/** What `cert revoke` prints with --json. */
export interface RevokeResult {
  /** Revoked now. */
  readonly revoked: readonly CertificateView[]
  /** Were so before. */
  readonly already: readonly CertificateView[]
  readonly lists: readonly PublishedCrl[]
  readonly broker: ReloadResult['broker']
  readonly evicted: ReloadResult['evicted']
}

/**
 * Revokes certificates for good and signs the lists that say so. The lists come first: a broker that saw the registry
 * first would end a session and let it begin again by the old list. Killed between the two, the certificate is out,
 * and the same line again has the registry say so, too.
 * @throws NotFoundError `CERTIFICATE_UNKNOWN`, `CA_KEY_MISSING` · UsageError `REVOKE_IN_USE`, `TOO_MANY` ·
 *   RefusedError `CA_PASSPHRASE` · UnreachableError `BROKER_NOT_TOLD`
 */
export async function revokeCertificates(fleet: Fleet, request: RevokeRequest): Promise<RevokeResult> {
  const registry = await fleet.registry()
  const chosen = await choose(registry, request.named)
  const now = chosen.filter(({ revokedAt }) => revokedAt === undefined)
  checkAffected(now.length, request.maxAffected, 'certificates')
  await refuseInUse(fleet, now)
  if (now.length > 0) await request.confirm(now.map(certificateView))
  const authorities = await openIssuers(fleet, chosen, request.passphrase)
  using _lock = await takeLock(fleet.directory.lock('revoke'), { what: 'A revocation', wait: 10_000 })
  const at = systemClock.now()
  const revoked = now.map((record) => ({ ...record, revokedAt: at, revokedReason: request.reason }))
  const lists: PublishedCrl[] = []
  for (const authority of authorities) lists.push(await signCrlOf(fleet, authority, revoked))
  if (now.length > 0) await change(fleet, now, request.reason, at)
  const { broker, evicted } = await tellBroker(fleet)
  return {
    revoked: revoked.map(certificateView),
    already: chosen.filter(({ revokedAt }) => revokedAt !== undefined).map(certificateView),
    lists,
    broker,
    evicted,
  }
}

/** A serial is one certificate; a name is all that its holder has. */
async function choose(registry: Registry, named: readonly string[]): Promise<readonly CertificateRecord[]> {
  const chosen = new Map<string, CertificateRecord>()
  for (const what of named) {
    const bySerial = await registry.certificates({ serial: what.replaceAll(':', '').toUpperCase() })
    const found = bySerial.length > 0 ? bySerial : await registry.certificates({ subject: what })
    if (found.length === 0) throw unknownCertificate(what)
    for (const record of found) chosen.set(record.serial, record)
  }
  return [...chosen.values()]
}

/** The broker is told by means of these two: without them it would go on admitting what was revoked. */
async function refuseInUse(fleet: Fleet, revoking: readonly CertificateRecord[]): Promise<void> {
  if (!revoking.some(({ profile }) => profile === 'operator' || profile === 'service')) return
  const { name: operator } = await fleet.operator()
  for (const name of [operator, 'svc.broker']) {
    const serial = (await findCredential(fleet.directory, name))?.certificate.serialNumber
    if (!revoking.some((record) => record.serial === serial)) continue
    throw new UsageError(
      'REVOKE_IN_USE',
      `The broker is told of a revocation with the certificate of ${name}.`,
      {
        hint: `Replace it, then revoke the old one by its serial: flotilla cert issue ${name} --force, flotilla cert revoke ${serial}`,
      },
    )
  }
}

async function openIssuers(
  { directory, name: fleet }: Fleet,
  records: readonly CertificateRecord[],
  passphrase: () => Promise<string>,
): Promise<readonly Authority[]> {
  const asked = once(passphrase)
  const names = [...new Set(records.map(({ issuer }) => issuer as AuthorityName))]
  const authorities: Authority[] = []
  for (const name of names) authorities.push(await openAuthority(directory.ca, name, fleet, asked))
  return authorities
}

async function change(
  fleet: Fleet,
  records: readonly CertificateRecord[],
  reason: RevocationReason,
  at: number,
): Promise<void> {
  const { name: actor } = await fleet.operator()
  const certificates = records.map(({ serial, subject }) => ({ serial, subject }))
  const subject = records.length === 1 ? records[0]!.subject : `${records.length} certificates`
  const details = { certificates, reason }
  await (await fleet.registry()).change(actor, { action: 'cert.revoke', subject, details }, (write) =>
    write.revokeCertificates(
      records.map(({ serial }) => serial),
      at,
      reason,
    ),
  )
}
