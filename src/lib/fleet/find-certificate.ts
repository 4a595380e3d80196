import path from 'node:path'
import { messageOf, NotFoundError, systemCode, UsageError } from '../base/errors.ts'
import { readTextIfPresent } from '../base/files.ts'
import { isDeviceId, isStaffName } from '../base/names.ts'
import { readInput } from '../base/read-input.ts'
import { type ParsedCertificate, parseCertificate } from '../pki/parse-certificate.ts'
import { PackIndex } from '../provisioning/pack.ts'
import type { FleetDirectory } from './directory.ts'

/** A certificate and where it was found. */
export interface FoundCertificate extends ParsedCertificate {
  /** The file, or `-`. */
  readonly source: string
  /** PEM of the private key that lies beside it. */
  readonly key: string | undefined
}

/**
 * Finds a certificate by what a person would call it: `-` (standard input), the name of a credential (`op.alice`,
 * `svc.ingest`, `server`), a device's id, a file.
 * @returns undefined when there is no such thing here
 * @throws UsageError `CERTIFICATE_FORMAT`, `CERTIFICATE_FILE`
 */
export async function findCertificate(
  directory: FleetDirectory,
  what: string,
): Promise<FoundCertificate | undefined> {
  return (await findCredential(directory, what)) ?? fromFile(what)
}

/** The same, in the folders of the fleet only. @throws UsageError `CERTIFICATE_FORMAT` */
export async function findCredential(
  directory: FleetDirectory,
  name: string,
): Promise<FoundCertificate | undefined> {
  const folder = folderOf(directory, name)
  if (folder === undefined) return undefined
  return (await inCredential(folder)) ?? (isDeviceId(name) ? inPack(directory, name) : undefined)
}

/** @throws NotFoundError `CERTIFICATE_UNKNOWN` and what {@link findCertificate} throws */
export async function requireCertificate(directory: FleetDirectory, what: string): Promise<FoundCertificate> {
  const found = await findCertificate(directory, what)
  if (found === undefined) throw unknownCertificate(what)
  return found
}

export function unknownCertificate(what: string): NotFoundError {
  return new NotFoundError('CERTIFICATE_UNKNOWN', `There is no certificate ${JSON.stringify(what)}.`, {
    hint: 'Name a credential (op.alice, server), a device, or a file. All that were issued: flotilla cert list',
  })
}

/** Only names that the rules allow become paths. */
function folderOf(directory: FleetDirectory, name: string): string | undefined {
  if (name === 'server' || isStaffName(name)) return directory.credential(name)
  return isDeviceId(name) ? directory.device(name) : undefined
}

async function inCredential(folder: string): Promise<FoundCertificate | undefined> {
  const source = path.join(folder, 'cert.pem')
  const text = await readTextIfPresent(source)
  if (text === undefined) return undefined
  const key = await readTextIfPresent(path.join(folder, 'key.pem'))
  return { ...parsed(source, Buffer.from(text)), source, key }
}

async function inPack({ devices }: FleetDirectory, id: string): Promise<FoundCertificate | undefined> {
  const packed = (await (await PackIndex.read(devices)).credentials([id])).get(id)
  if (packed === undefined) return undefined
  return { ...parsed(id, Buffer.from(packed.certificate)), source: `${devices} (pack)`, key: packed.key }
}

async function fromFile(file: string): Promise<FoundCertificate | undefined> {
  const content = await readInput(file).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new UsageError('CERTIFICATE_FILE', `${file} cannot be read: ${messageOf(error)}`, { cause: error })
  })
  return content && { ...parsed(file, content), source: file, key: undefined }
}

function parsed(source: string, content: Uint8Array): ParsedCertificate {
  try {
    return parseCertificate(content)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(error.code, `${source}: ${error.message}`, {
      ...(error.hint && { hint: error.hint }),
      cause: error,
    })
  }
}
