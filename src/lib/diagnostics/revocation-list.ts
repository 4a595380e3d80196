import type { X509Certificate } from 'node:crypto'
import type { ParsedCrl } from '../pki/parse-crl.ts'
import { type Diagnosis, healthy, ill } from './diagnosis.ts'

/** Whether brokers will take a CA's list: with one that they do not, they refuse everybody. */
export function diagnoseList(
  authority: string,
  list: ParsedCrl,
  certificate: X509Certificate,
  now: number,
): Diagnosis {
  const check = `CRL ${authority}`
  if (!list.isSignedBy(certificate.publicKey))
    return ill(
      check,
      'bad',
      'CRL_FOREIGN',
      `The revocation list of "${authority}" is not signed by that CA.`,
      'Restore CA and list from one backup.',
    )
  if (list.nextUpdate <= now)
    return ill(
      check,
      'bad',
      'CRL_ENDED',
      `The revocation list of "${authority}" ended on ${new Date(list.nextUpdate).toISOString()}.`,
      `Sign it anew: flotilla cert crl ${authority}`,
    )
  if (list.thisUpdate > now + HOUR)
    return ill(
      check,
      'bad',
      'CRL_EARLY',
      `The revocation list of "${authority}" begins in the future.`,
      'Set the clock of this machine.',
    )
  return healthy(check, `number ${list.number}, ${list.revoked.size} revoked.`)
}

const HOUR = 3_600_000
