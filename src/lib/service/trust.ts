import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { FleetDirectory } from '../fleet/directory.ts'
import { readCredential } from '../fleet/credentials.ts'

/** What a listener trusts: CA certificates, and a CRL of every one of them (with one missing, everybody is refused). */
export interface Trust {
  readonly certificates: readonly string[]
  readonly crls: readonly string[]
}

/** All that a broker needs to know who may come in; PEM. */
export interface BrokerTrust {
  /** What the broker shows: key (secret) and chain. */
  readonly server: { readonly key: string; readonly chain: string }
  /** Behind the listener for devices: the device root and the issuing CA. */
  readonly devices: Trust
  /** Behind the listener for staff: the staff CA alone. */
  readonly staff: Trust
}

export async function readBrokerTrust(directory: FleetDirectory): Promise<BrokerTrust> {
  const read = (name: string) => readFile(path.join(directory.ca, name), 'utf8')
  const trust = async (...names: string[]): Promise<Trust> => ({
    certificates: await Promise.all(names.map((name) => read(`${name}.cert.pem`))),
    crls: await Promise.all(names.map((name) => read(`${name}.crl.pem`))),
  })
  const { key, chain } = await readCredential(directory.credential('server'))
  return { server: { key, chain }, devices: await trust('root', 'devices'), staff: await trust('staff') }
}
