import path from 'node:path'
import type { AuthorityName } from './authority.ts'

/** The folder of the fleet's CAs: for each its certificate, its CRL and, on the machine that signs, its key. */
export function authorityFile(folder: string, name: AuthorityName, what: 'cert' | 'key' | 'crl'): string {
  return path.join(folder, `${name}.${what}.pem`)
}
