import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import path from 'node:path'
import { NotFoundError, systemCode } from '../base/errors.ts'
import { PRIVATE_FOLDER, writeFileAtomic } from '../base/files.ts'
import { isStaffName } from '../base/names.ts'
import type { Credential } from '../pki/credential.ts'
import { credentialFiles } from '../pki/credential.ts'
import { HeldCredentials, hasKey, readCredentialFolder } from '../provisioning/held-credentials.ts'
import type { FleetDirectory } from './directory.ts'

/** Writes a credential as a folder of PEM files: secrets 0600, the folder 0700. */
export async function writeCredential(folder: string, credential: Credential): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
  await chmod(folder, PRIVATE_FOLDER)
  for (const { name, content, mode } of credentialFiles(credential)) {
    await writeFileAtomic(path.join(folder, name), content, { mode })
  }
}

/**
 * Reads what {@link writeCredential} wrote.
 * @param hint what to do when it is not there
 * @throws NotFoundError `CREDENTIAL_MISSING`
 */
export async function readCredential(folder: string, hint?: string): Promise<Credential> {
  const credential = await readCredentialFolder(folder)
  if (credential !== undefined && hasKey(credential)) return credential
  throw new NotFoundError('CREDENTIAL_MISSING', `There is no whole credential in ${folder}.`, {
    ...(hint !== undefined && { hint }),
  })
}

/**
 * The credential of a device that was made in this fleet directory, whether it lies in a folder or in a pack.
 * @throws NotFoundError `CREDENTIAL_MISSING` when there is none, or the device keeps its key itself
 */
export async function deviceCredential(directory: FleetDirectory, id: string): Promise<Credential> {
  const credential = (await new HeldCredentials(directory.devices).read([id])).get(id)
  if (credential !== undefined && hasKey(credential)) return credential
  throw new NotFoundError('CREDENTIAL_MISSING', `${id} has no credential in this fleet directory.`, {
    hint: `Make it: flotilla device provision ${id}`,
  })
}

/** The CN of the operator who types: `op.` and the name of the system's user, as far as a CN can carry it. */
export function operatorNameOfUser(): string {
  const user = userInfo()
    .username.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
    .slice(0, 48)
  return `op.${user || 'admin'}`
}

/**
 * Which operator's credential commands use: `FLOTILLA_OPERATOR`, else the one of the system's user, else the only one.
 * @throws NotFoundError `OPERATOR_MISSING`
 */
export async function chooseOperator(directory: FleetDirectory): Promise<string> {
  const wanted = process.env['FLOTILLA_OPERATOR']
  if (wanted && isStaffName(wanted)) return wanted
  const own = operatorNameOfUser()
  if (existsSync(directory.credential(own))) return own
  const all = (await namesIn(directory.credentials)).filter((name) => name.startsWith('op.'))
  if (all.length === 1) return all[0]!
  throw new NotFoundError(
    'OPERATOR_MISSING',
    all.length === 0
      ? 'There is no operator credential in this fleet directory.'
      : `Several operators have credentials here: ${all.join(', ')}.`,
    {
      hint:
        all.length === 0
          ? `Issue one: flotilla cert issue ${own}`
          : 'Say which one you are: FLOTILLA_OPERATOR=op.name',
    },
  )
}

/** What a folder holds; nothing when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}
