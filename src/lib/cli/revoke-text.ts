import type { PublishedCrl } from '../fleet/publish-crl.ts'
import type { RenewedCrl } from '../fleet/renew-crl.ts'
import type { RevokeResult } from '../fleet/revoke-certificates.ts'
import { dateText } from '../ui/age.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { idList } from './bar-text.ts'
import { brokerToldText } from './reload-text.ts'

type Named = RevokeResult['revoked'][number]

/** `pump-0003 (5F01A2B3..)`: whose they are, and which of theirs. */
export function certificateList(certificates: readonly Pick<Named, 'subject' | 'serial'>[]): string {
  return idList(certificates.map(({ subject, serial }) => `${subject} (${serial.slice(0, 8)}..)`))
}

export function revokeText(result: RevokeResult, paint: Paint, now: number): string {
  const { revoked, already, lists } = result
  const lines: string[] = []
  if (revoked.length > 0)
    lines.push(
      `${counted(revoked.length, 'certificate')} revoked: ${paint.strong(certificateList(revoked))}.`,
    )
  if (already.length > 0) lines.push(`Revoked before: ${certificateList(already)}.`)
  lines.push(...lists.map((list) => listText(list, now)), brokerToldText(result))
  return lines.join('\n')
}

/** Whoever is to come in again needs a new credential. */
export function nextAfterRevoke({ revoked, already }: RevokeResult): string | undefined {
  const first = revoked[0] ?? already[0]
  if (first === undefined) return undefined
  const { profile, subject } = first
  return profile === 'device' ? `flotilla device show ${subject}` : `flotilla cert issue ${subject} --force`
}

export function crlText(list: RenewedCrl, now: number): string {
  return [listText(list, now), brokerToldText(list)].join('\n')
}

function listText({ authority, number, revoked, nextUpdate }: PublishedCrl, now: number): string {
  const until = dateText(Date.parse(nextUpdate), now)
  return `The revocation list of the CA "${authority}" is number ${number}, with ${counted(revoked, 'certificate')}, good until ${until}.`
}
