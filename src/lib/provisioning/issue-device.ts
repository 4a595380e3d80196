import type { Authority, IssuedRecord } from '../pki/authority.ts'
import type { Credential } from '../pki/credential.ts'

/** What devices of one run get alike. */
export interface IssuePlan {
  /** Milliseconds since 1970; the same for all, so that it is encoded once. */
  readonly notBefore: number
  readonly notAfter: number
}

export interface Issued {
  /** Without a key when the device made it and kept it (a CSR). */
  readonly credential: Omit<Credential, 'key'> & { readonly key?: string }
  readonly record: IssuedRecord
}

/**
 * Makes a device its certificate, and its key unless it has one.
 * @param spki the device's own public key (SubjectPublicKeyInfo, DER) from a CSR
 */
export function issueDevice(authority: Authority, id: string, plan: IssuePlan, spki?: Uint8Array): Issued {
  const request = { profile: 'device', subject: id, ...plan } as const
  if (spki === undefined) return authority.issueWithKey(request)
  return authority.issue(request, spki)
}
