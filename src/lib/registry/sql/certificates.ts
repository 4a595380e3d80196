import type { Insertable } from 'kysely'
import { type CertificateRecord, foldId } from '../device.ts'
import type { CertificateQuery, NewCertificate } from '../registry.ts'
import type { CertificateRow, Queries, RegistryTables } from './tables.ts'

/** By serial, as pages by key. */
export async function readCertificates(
  { db }: Queries<RegistryTables>,
  query: CertificateQuery,
): Promise<readonly CertificateRecord[]> {
  const { subject, serial, issuer, profile, revoked, endsBefore, after, limit } = query
  let rows = db.selectFrom('certificates').selectAll().orderBy('serial')
  if (subject !== undefined) rows = rows.where('subject', '=', subject)
  if (serial !== undefined) rows = rows.where('serial', '=', serial)
  if (issuer !== undefined) rows = rows.where('issuer', '=', issuer)
  if (profile !== undefined) rows = rows.where('profile', '=', profile)
  if (revoked !== undefined) rows = rows.where('revoked_at', revoked ? 'is not' : 'is', null)
  if (endsBefore !== undefined) rows = rows.where('not_after', '<', endsBefore)
  if (after !== undefined) rows = rows.where('serial', '>', after)
  if (limit !== undefined) rows = rows.limit(limit)
  return (await rows.execute()).map(recordOf)
}

/** Names of one query: a hundred thousand of them are ten short waits instead of one long one. */
const NAMES = 10_000

/** Which of these names hold a certificate that is neither revoked nor over at this moment, as they were asked for. */
export async function certifiedAmong(
  { db, oneOf }: Queries<RegistryTables>,
  subjects: readonly string[],
  at: number,
): Promise<ReadonlySet<string>> {
  const certified = new Set<string>()
  for (let start = 0; start < subjects.length; start += NAMES) {
    const asked = subjects.slice(start, start + NAMES)
    const rows = await db
      .selectFrom('certificates')
      .select('subject')
      .where(oneOf('subject', asked))
      .where('revoked_at', 'is', null)
      .where('not_after', '>', at)
      .execute()
    const found = new Set(rows.map(({ subject }) => foldId(subject)))
    for (const name of asked) if (found.has(foldId(name))) certified.add(name)
  }
  return certified
}

export function certificateRow(certificate: NewCertificate): Insertable<CertificateRow> {
  const { serial, thumbprint, subject, profile, issuer, notBefore, notAfter } = certificate
  return {
    serial,
    thumbprint,
    subject,
    profile,
    issuer,
    not_before: notBefore,
    not_after: notAfter,
    revoked_at: null,
    revoked_reason: null,
  }
}

function recordOf(row: CertificateRow): CertificateRecord {
  const { not_before, not_after, revoked_at, revoked_reason, ...same } = row
  return {
    ...same,
    notBefore: not_before,
    notAfter: not_after,
    revokedAt: revoked_at ?? undefined,
    revokedReason: revoked_reason ?? undefined,
  }
}
