import type { AuthoritiesView, AuthorityView } from '../fleet/authority-certificates.ts'
import type { ExportResult } from '../fleet/export-certificate.ts'
import { dateText } from '../ui/age.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { factsFor } from './show-facts.ts'
import type { Terminal } from './terminal.ts'

const KEY = {
  encrypted: 'here, encrypted',
  unencrypted: 'here, NOT encrypted',
  elsewhere: 'not on this machine',
} as const

export function authoritiesText({ authorities }: AuthoritiesView, terminal: Terminal, now: number): string {
  return authorities.map((authority) => authorityText(authority, terminal, now)).join('\n\n')
}

function authorityText(authority: AuthorityView, terminal: Terminal, now: number): string {
  const { paint } = terminal
  const { name, subject, issuer, thumbprint, notAfter, key, crl } = authority
  const by = issuer === subject ? 'signed by itself' : `signed by ${issuer}`
  const revoked = crl.revoked === 0 ? 'none' : counted(crl.revoked, 'certificate')
  const facts = factsFor(
    [
      ['SHA-256', thumbprint],
      ['ends', dateText(Date.parse(notAfter), now)],
      ['key', key === 'unencrypted' ? paint.warn(KEY[key]) : KEY[key]],
      ['revoked', `${revoked}, list number ${crl.number}`],
    ],
    terminal,
  )
  return `${paint.strong(name)}  ${subject}, ${by}\n${facts}`
}

export function exportText({ authority, what, file, pem }: ExportResult, paint: Paint): string {
  if (file === null) return pem
  return `The ${what === 'crl' ? 'revocation list' : 'certificate'} of ${paint.strong(authority)} is in ${file}.`
}
