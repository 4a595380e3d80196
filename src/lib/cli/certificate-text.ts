import { printable } from '../base/printable.ts'
import type { CertificateView } from '../fleet/device-view.ts'
import type { IssueResult } from '../fleet/issue-certificate.ts'
import type { CertificateListing } from '../fleet/list-certificates.ts'
import type { CertificateDetails } from '../fleet/show-certificate.ts'
import type { CertificateVerification } from '../fleet/verify-certificate.ts'
import { ageText, dateText, timeText } from '../ui/age.ts'
import type { Fact } from '../ui/facts.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { checksFor, factsFor } from './show-facts.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

const ENDS_SOON = 30 * 86_400_000

export function certificateTable(
  certificates: readonly CertificateView[],
  terminal: Terminal,
  now: number,
): string {
  const { paint } = terminal
  const columns: readonly Column<CertificateView>[] = [
    { title: 'subject', cell: ({ subject }) => subject, least: 12, unbroken: true, paint: paint.strong },
    { title: 'profile', cell: ({ profile }) => profile },
    {
      title: 'ends',
      cell: ({ notAfter }) => dateText(Date.parse(notAfter), now),
      paint: (text, one) => endPaint(one, paint, now)(text),
    },
    {
      title: 'state',
      cell: (one) => stateText(one, now),
      paint: (text, one) => endPaint(one, paint, now)(text),
    },
    { title: 'serial', cell: ({ serial }) => serial, yields: 1, unbroken: true, drop: true },
  ]
  return tableFor(certificates, columns, terminal)
}

/** What stands below the table: how many there are, what to type next. */
export function certificateListNote({ certificates, total }: CertificateListing, paint: Paint): string {
  const [first] = certificates
  if (first === undefined) return 'No certificate is like that.'
  const count = counted(total, 'certificate')
  const shown =
    certificates.length < total ? `The first ${countText(certificates.length)} of ${count}.` : `${count}.`
  return `${shown}\nNext: ${paint.command(`flotilla cert show ${first.serial}`)}`
}

export function certificateDetails(details: CertificateDetails, terminal: Terminal, now: number): string {
  const { paint } = terminal
  const { certificate, record } = details
  const subject = printable(certificate?.subject ?? record!.subject)
  const what = certificate?.isAuthority ? 'certificate authority' : (record?.profile ?? 'not in the registry')
  return `${paint.strong(subject)}  ${what}\n${factsFor(factsOf(details, paint, now), terminal)}`
}

function factsOf(
  { certificate, record, source, hasKey }: CertificateDetails,
  paint: Paint,
  now: number,
): Fact[] {
  const { serial, thumbprint, issuer, notBefore, notAfter } = certificate ?? record!
  const limits = certificate === null ? [] : [...certificate.keyUsage, ...certificate.purposes]
  const end = record ?? { notBefore, notAfter, revokedAt: null }
  return [
    ['issuer', printable(issuer)],
    ['serial', serial],
    ['thumbprint', thumbprint],
    ['from', timeText(Date.parse(notBefore), now)],
    ['until', endPaint(end, paint, now)(`${timeText(Date.parse(notAfter), now)}, ${stateText(end, now)}`)],
    ...(certificate === null ? [] : [['key', certificate.key] as const]),
    ...(limits.length === 0 ? [] : [['good for', printable(limits.join(', '))] as const]),
    ...(certificate?.names ?? []).map((name) => ['name', printable(name)] as const),
    [
      'file',
      source === null ? 'not here' : `${printable(source)}${hasKey ? ', its private key beside it' : ''}`,
    ],
  ]
}

/** The command that follows from what was shown. @param typed the name that it was asked for by */
export function nextAfterCertificate({ source, record }: CertificateDetails, typed: string): string {
  if (source === null)
    return record?.profile === 'device' ? `flotilla device show ${record.subject}` : 'flotilla cert list'
  return `flotilla cert verify ${printable(record === null ? typed : record.profile === 'server' ? 'server' : record.subject)}`
}

export function verificationText(
  { subject, purpose, checks }: CertificateVerification,
  terminal: Terminal,
): string {
  const { paint } = terminal
  const mark = { ok: paint.good('ok '), bad: paint.bad('BAD'), skipped: paint.faint('-- ') }
  const facts = checks.map(
    ({ check, result, reason }): Fact => [`${mark[result]}  ${check}`, printable(reason)],
  )
  const role = purpose === 'serverAuth' ? 'a server' : 'a client'
  return `${paint.strong(printable(subject))}  as ${role}\n${checksFor(facts, terminal)}`
}

export function issueText(
  { name, notAfter, folder, state, replaced }: IssueResult,
  paint: Paint,
  now: number,
): string {
  const until = `good until ${dateText(Date.parse(notAfter), now)}`
  const lines = [
    state === 'registered'
      ? `${paint.strong(name)} lay there already and is in the registry now, ${until}.`
      : `${paint.strong(name)} issued, ${until}.`,
    `Credential: ${folder}`,
  ]
  if (replaced !== null) {
    const end = dateText(Date.parse(replaced.notAfter), now)
    lines.push(paint.warn(`The certificate before it (${replaced.serial}) stays good until ${end}.`))
  }
  return lines.join('\n')
}

/** A broker shows the new server certificate, and one whose rules are files knows the new name, after a reload. */
export function nextAfterIssue({ name }: IssueResult): string {
  return name.startsWith('svc.') ? `flotilla cert show ${name}` : 'flotilla broker reload'
}

type Dates = Pick<CertificateView, 'notBefore' | 'notAfter' | 'revokedAt'>

function stateText({ notBefore, notAfter, revokedAt }: Dates, now: number): string {
  if (revokedAt !== null) return `revoked ${ageText(Date.parse(revokedAt), now)}`
  const end = Date.parse(notAfter)
  if (end <= now) return `expired ${ageText(end, now)}`
  return Date.parse(notBefore) > now
    ? `begins ${ageText(Date.parse(notBefore), now)}`
    : `ends ${ageText(end, now)}`
}

function endPaint(
  { notBefore, notAfter, revokedAt }: Dates,
  paint: Paint,
  now: number,
): (text: string) => string {
  const end = Date.parse(notAfter)
  if (revokedAt !== null || end <= now || Date.parse(notBefore) > now) return paint.bad
  return end - now < ENDS_SOON ? paint.warn : (text) => text
}
