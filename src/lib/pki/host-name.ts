import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { UsageError } from '../base/errors.ts'
import type { AlternativeName } from './extensions.ts'

/** Labels of letters, digits and hyphens, at most 63 each and 253 together (RFC 1034 §3.5, RFC 5280 §4.2.1.6). */
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const LONGEST = 253

/**
 * A host as the subjectAltName it becomes: an address, or a DNS name in ASCII.
 * @throws UsageError `HOST_NAME`
 */
export function hostName(host: string): AlternativeName {
  if (isIP(host) !== 0 && !host.includes('%')) return { kind: 'ip', value: host }
  const isDns = host.length <= LONGEST && host.split('.').every((label) => LABEL.test(label))
  // What looks like an address and is none must not become a name that no client compares with an address.
  if (isDns && !/^[\d.]+$/.test(host)) return { kind: 'dns', value: host }
  throw new UsageError('HOST_NAME', `${JSON.stringify(host)} cannot be a host in a certificate.`, {
    hint: hintFor(host),
  })
}

function hintFor(host: string): string {
  if (host.includes('%')) return 'An address belongs there without its zone (the part from "%" on).'
  const ascii = /[\u0080-\uffff]/.test(host) ? domainToASCII(host) : ''
  if (ascii !== '') return `A certificate carries it in ASCII: write ${ascii}`
  return 'Write a DNS name of letters, digits and "-", or an IP address.'
}
