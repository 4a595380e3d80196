import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { pathToDeviceId } from '../../src/lib/base/names.ts'
import { FleetDirectory } from '../../src/lib/fleet/directory.ts'
import { Fleet } from '../../src/lib/fleet/fleet.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'

/** A credential as it lies in `devices/`. */
interface Lying {
  readonly id: string
  readonly where: string
  readonly key: string
  readonly certificate: X509Certificate
}

export interface ProvisionedState {
  /** Ids in the registry. */
  readonly devices: readonly string[]
  /** What is not as it has to be; empty when all is well. */
  readonly problems: readonly string[]
}

export interface Look {
  /** Whether runs have ended by themselves: then nothing may lie there that no row speaks for. */
  readonly finished: boolean
  /** Only devices, folders and packs that are called so; the others are not looked at. */
  readonly prefix?: string
}

/**
 * Looks at registry and credentials of a fleet as an auditor would: every row has one whole credential, no serial comes
 * twice, every key has its certificate. Devices that keep their keys themselves are not for it.
 */
export async function lookAtProvisioned(folder: string, look: Look): Promise<ProvisionedState> {
  const directory = new FleetDirectory(folder)
  await using fleet = await Fleet.at(directory)
  const registry = await fleet.registry()
  const problems: string[] = []
  const { devices, serials } = await registered(registry, look)
  if (serials.size !== devices.length)
    problems.push(`${devices.length} devices, ${serials.size} certificates`)
  if (new Set(serials.values()).size < serials.size) problems.push('a device has two certificates')

  const found = new Map<string, string>()
  const seen = new Set<string>()
  for (const { id, where, key, certificate } of await lyingIn(directory.devices, problems, look)) {
    const serial = certificate.serialNumber.replace(/^0+/, '')
    if (seen.has(serial)) problems.push(`${where}: serial ${serial} lies twice`)
    seen.add(serial)
    if (certificate.subject !== `CN=${id}`) problems.push(`${where}: is for ${certificate.subject}`)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) problems.push(`${where}: the key is another's`)
    if (serials.get(serial) === id) found.set(id, where)
    else if (look.finished) problems.push(`${where}: no row speaks for it`)
  }
  for (const id of devices) if (!found.has(id)) problems.push(`${id}: its credential is not there`)
  const { brokenAt } = await registry.verifyAudit()
  if (brokenAt !== undefined) problems.push(`the audit is broken at ${brokenAt}`)
  return { devices, problems }
}

/** Devices, and whose each serial is. */
async function registered(
  registry: Registry,
  { prefix = '' }: Look,
): Promise<{ readonly devices: readonly string[]; readonly serials: ReadonlyMap<string, string> }> {
  const devices = (await registry.devices({ includeRetired: true })).map(({ id }) => id)
  const certificates = await registry.certificates({ profile: 'device' })
  const own = certificates.filter(({ subject }) => subject.startsWith(prefix))
  return {
    devices: devices.filter((id) => id.startsWith(prefix)),
    serials: new Map(own.map(({ serial, subject }) => [serial, subject])),
  }
}

async function lyingIn(
  devices: string,
  problems: string[],
  { finished, prefix = '' }: Look,
): Promise<Lying[]> {
  const lying: Lying[] = []
  for (const name of await readdir(devices)) {
    const where = path.join(devices, name)
    const id = pathToDeviceId(name)
    if (name.startsWith('.')) {
      if (finished || !name.startsWith('.staging-')) problems.push(`${where}: was left behind`)
    } else if (!name.startsWith(prefix)) continue
    else if (id !== undefined) lying.push(await inFolder(where, id))
    else if (name.endsWith('.ndjson')) {
      if (((await stat(where)).mode & 0o777) !== 0o600) problems.push(`${where}: others may read it`)
      lying.push(...inPack(where, await readFile(where, 'utf8')))
    } else problems.push(`${where}: is nothing that belongs there`)
  }
  return lying
}

async function inFolder(where: string, id: string): Promise<Lying> {
  const read = (name: string) => readFile(path.join(where, name), 'utf8')
  for (const name of ['chain.pem', 'ca.pem'])
    if ((await read(name)) === '') throw new Error(`${where}: half a file`)
  return { id, where, key: await read('key.pem'), certificate: new X509Certificate(await read('cert.pem')) }
}

function inPack(where: string, text: string): Lying[] {
  if (!text.endsWith('\n')) throw new Error(`${where}: half a file`)
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => {
    const { id, key, cert } = JSON.parse(line) as {
      readonly id: string
      readonly key: string
      readonly cert: string
    }
    return { id, where, key, certificate: new X509Certificate(cert) }
  })
}
