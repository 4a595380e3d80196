import { writeFileAtomic } from '../base/files.ts'
import { readCertificate, readCrl } from '../pki/authorities.ts'
import type { AuthorityName } from '../pki/authority.ts'
import type { FleetDirectory } from './directory.ts'

export interface ExportRequest {
  readonly authority: AuthorityName
  readonly what: 'certificate' | 'crl'
  /** `-` gives it back only. */
  readonly out: string
}

/** What `ca export` prints with --json. */
export interface ExportResult extends Omit<ExportRequest, 'out'> {
  readonly pem: string
  /** The file that was written, or null. */
  readonly file: string | null
}

/** What is public of a CA, for those who are to trust it. @throws NotFoundError `CA_MISSING`, `CRL_MISSING` */
export async function exportAuthority(
  directory: FleetDirectory,
  request: ExportRequest,
): Promise<ExportResult> {
  const { authority, what, out } = request
  const pem =
    what === 'crl'
      ? await readCrl(directory.ca, authority)
      : (await readCertificate(directory.ca, authority)).toString()
  if (out !== '-') await writeFileAtomic(out, pem)
  return { authority, what, pem, file: out === '-' ? null : out }
}
