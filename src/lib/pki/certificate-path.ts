import type { X509Certificate } from 'node:crypto'
import { nameText } from './name-text.ts'
import { extensionsOf } from './parse-certificate.ts'

/** The CAs above a certificate, the nearest first, up to a root. */
export type CertificatePath = readonly X509Certificate[]

/** A fleet has a root and one CA below it; anything much deeper goes round in circles. */
const DEEPEST = 5

/**
 * Follows the signatures from a certificate up to a root (RFC 5280 §6.1, without time, purpose and revocation, which
 * are questions of their own).
 * @param authorities CAs that are trusted; those that signed themselves are the roots
 * @returns the path, or why there is none
 */
export function certificatePath(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): CertificatePath | string {
  const path: X509Certificate[] = []
  let current = certificate
  while (!isRootOf(current, authorities)) {
    const issuer = issuerOf(current, authorities)
    if (typeof issuer === 'string') return issuer
    const fault = authorityFault(issuer, path.length)
    if (fault !== undefined) return fault
    path.push(issuer)
    if (path.length > DEEPEST) return 'the chain has no end'
    current = issuer
  }
  return path
}

function isRootOf(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  return certificate.checkIssued(certificate) && authorities.some(({ raw }) => raw.equals(certificate.raw))
}

function issuerOf(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
): X509Certificate | string {
  const named = authorities.filter((authority) => certificate.checkIssued(authority))
  const signer = named.find(({ publicKey }) => certificate.verify(publicKey))
  if (signer !== undefined) return signer
  const issuer = nameText(certificate.issuer)
  if (named.length > 0) return `it names ${issuer} as its issuer, whose key did not sign it`
  return authorities.some((authority) => nameText(authority.subject) === issuer)
    ? `it comes from another CA that is called ${issuer}, too`
    : `its issuer ${issuer} is no CA of this fleet`
}

/** §6.1.4 (k), (m): what signs is a CA, and has no more CAs below it than it says. */
function authorityFault(authority: X509Certificate, below: number): string | undefined {
  const { basicConstraints } = extensionsOf(authority)
  const name = nameText(authority.subject)
  if (!basicConstraints?.isAuthority) return `its issuer ${name} is no CA`
  const { pathLength = Number.POSITIVE_INFINITY } = basicConstraints
  return below > pathLength ? `${name} may not have ${below} CAs below it` : undefined
}
