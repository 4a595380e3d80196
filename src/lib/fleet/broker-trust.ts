import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { BrokerTrust } from '../broker/broker.ts'
import { readTrusted } from '../pki/authority-files.ts'
import type { FleetDirectory } from './directory.ts'
import { ownCredential } from './own-credential.ts'

const LISTS = ['root', 'devices', 'staff'] as const

/**
 * Reads from the fleet directory what a broker shows and whom it trusts; all of it is looked at, so that no broker runs
 * that must refuse its own devices.
 * @throws what `ownCredential` and `readTrusted` throw
 */
export async function readBrokerTrust(directory: FleetDirectory): Promise<BrokerTrust> {
  const { ca } = directory
  const { key, chain } = await ownCredential(directory, 'server')
  return {
    server: { key, chain },
    devices: await readTrusted(ca, 'root', 'devices'),
    staff: await readTrusted(ca, 'staff'),
  }
}

/** Changes whenever a CRL or the server's certificate was written anew: cheap enough to ask every second. */
export async function trustStamp(directory: FleetDirectory): Promise<string> {
  const lists = LISTS.map((name) => path.join(directory.ca, `${name}.crl.pem`))
  const files = [...lists, path.join(directory.credential('server'), 'chain.pem')]
  const times = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs))
  return times.join(' ')
}
