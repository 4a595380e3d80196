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

/**
 * Looks at registry and credentials of a fleet as an auditor would: every row has one whole credential, no serial comes
 * twice, every key has its certificate. With `finished`, as no run has to leave it when it ends: nothing lies there
 * that no row speaks for.
 */
export async function lookAtProvisioned(
  folder: string,
  { finished }: { readonly finished: boolean },
): Promise<ProvisionedState> {
  const directory = new FleetDirectory(folder)
  await using fleet = await Fleet.at(directory)
  const registry = await fleet.registry()
  const problems: string[] = []
  const rows = await rowsOf(registry)
  const serials = new Map<string, string>()
  for (const certificate of await certificatesOf(registry))
    serials.set(certificate.serial, certificate.subject)
  const issued = [...serials.values()]
  if (new Set(issued).size < issued.length) problems.push('a device has two certificates')
  if (issued.length !== rows.length) problems.push(`${rows.length} devices, ${issued.length} certificates`)

  const seen = new Map<string, string>()
  const bySerial = new Set<string>()
  for (const { id, where, key, certificate } of await lyingIn(directory.devices, problems, finished)) {
    const serial = certificate.serialNumber.replace(/^0+/, '')
    if (bySerial.has(serial)) problems.push(`${where}: serial ${serial} lies twice`)
    bySerial.add(serial)
    if (certificate.subject !== `CN=${id}`) problems.push(`${where}: is for ${certificate.subject}`)
    if (!certificate.checkPrivateKey(createPrivateKey(key))) problems.push(`${where}: the key is another's`)
    if (serials.get(serial) === id) seen.set(id, where)
    else if (finished) problems.push(`${where}: no row speaks for it`)
  }
  for (const id of rows) if (!seen.has(id)) problems.push(`${id}: its credential is not there`)
  const { brokenAt } = await registry.verifyAudit()
  if (brokenAt !== undefined) problems.push(`the audit is broken at ${brokenAt}`)
  return { devices: rows, problems }
}

async function rowsOf(registry: Registry): Promise<string[]> {
  return (await registry.devices({ includeRetired: true })).map(({ id }) => id)
}

async function certificatesOf(registry: Registry) {
  return registry.certificates({ profile: 'device' })
}

async function lyingIn(devices: string, problems: string[], finished: boolean): Promise<Lying[]> {
  const lying: Lying[] = []
  for (const name of await readdir(devices)) {
    const where = path.join(devices, name)
    const id = pathToDeviceId(name)
    if (id !== undefined) lying.push(await inFolder(where, id))
    else if (name.endsWith('.ndjson') && !name.startsWith('.')) {
      if (((await stat(where)).mode & 0o777) !== 0o600) problems.push(`${where}: others may read it`)
      lying.push(...inPack(where, await readFile(where, 'utf8')))
    } else if (finished || !name.startsWith('.staging-')) problems.push(`${where}: was left behind`)
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
