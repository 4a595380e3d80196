import path from 'node:path'
import { UsageError } from '../base/errors.ts'
import type { Credential } from '../pki/credential.ts'
import { type CredentialFault, credentialFault } from '../pki/credential-fault.ts'
import { readCredential } from './credentials.ts'
import type { FleetDirectory } from './directory.ts'

/**
 * The credential of the server, a service or an operator, fit to be used.
 * @throws NotFoundError `CREDENTIAL_MISSING` · UsageError `CREDENTIAL_BROKEN`, both with the command that makes it anew
 */
export async function ownCredential(directory: FleetDirectory, name: string): Promise<Credential> {
  const folder = directory.credential(name)
  const credential = await readCredential(folder, `Make it: flotilla cert issue ${name}`)
  const fault = ownFault(name, credential)
  if (fault === undefined) return credential
  throw new UsageError('CREDENTIAL_BROKEN', `${path.join(folder, fault.file)} ${fault.what}.`, {
    layer: 'certificate',
    hint: `Make the credential anew: flotilla cert issue ${name} --force`,
  })
}

/** What is wrong with the files of a credential of this name. */
export function ownFault(name: string, credential: Credential): CredentialFault | undefined {
  return credentialFault(credential, name === 'server')
}
