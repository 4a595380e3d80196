import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { BrokerTrust, Trust } from '../broker/broker.ts'
import { readCredential } from './credentials.ts'
import type { FleetDirectory } from './directory.ts'

const LISTS = ['root', 'devices', 'staff'] as const

/** Reads from the fleet directory what a broker shows and whom it trusts. */
export async function readBrokerTrust(directory: FleetDirectory): Promise<BrokerTrust> {
  const read = (name: string) => readFile(path.join(directory.ca, name), 'utf8')
  const trust = async (...names: string[]): Promise<Trust> => ({
    certificates: await Promise.all(names.map((name) => read(`${name}.cert.pem`))),
    crls: await Promise.all(names.map((name) => read(`${name}.crl.pem`))),
  })
  const { key, chain } = await readCredential(directory.credential('server'))
  return { server: { key, chain }, devices: await trust('root', 'devices'), staff: await trust('staff') }
}

/** Changes whenever a CRL or the server's certificate was written anew: cheap enough to ask every second. */
export async function trustStamp(directory: FleetDirectory): Promise<string> {
  const lists = LISTS.map((name) => path.join(directory.ca, `${name}.crl.pem`))
  const files = [...lists, path.join(directory.credential('server'), 'chain.pem')]
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs))
  return times.join(' ')
}
