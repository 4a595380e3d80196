import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { systemCode } from '../base/errors.ts'
import { deviceIdToPath } from '../base/names.ts'
import { once } from '../base/once.ts'
import type { Credential } from '../pki/credential.ts'
import { type PackedCredential, PackIndex } from './pack.ts'

/** Folders that are read at the same time: four files each, and descriptors are few. */
const AT_ONCE = 16

/**
 * Reads a folder of PEM files, as `credentialFiles` names them. Without `key.pem` the holder keeps its key itself.
 * @returns undefined when there is no whole credential
 */
export async function readCredentialFolder(folder: string): Promise<PackedCredential | undefined> {
  const read = (name: string) => readFile(path.join(folder, name), 'utf8')
  try {
    const [certificate, chain, anchor] = await Promise.all(['cert.pem', 'chain.pem', 'ca.pem'].map(read))
    const key = await read('key.pem').catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error
    })
    return { ...(key !== undefined && { key }), certificate: certificate!, chain: chain!, anchor: anchor! }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return undefined
  }
}

/** Whether the key is here, too: its holder may have made it and kept it. */
export function hasKey(credential: PackedCredential): credential is Credential {
  return credential.key !== undefined
}

/** The credentials of devices that were made in a fleet directory, whether they lie in folders or in packs. */
export class HeldCredentials {
  readonly #folder: string
  /** Read when a device has no folder; all packs are, once. */
  readonly #packs: () => Promise<PackIndex>

  /** @param folder `devices/` of the fleet directory */
  constructor(folder: string) {
    this.#folder = folder
    this.#packs = once(() => PackIndex.read(folder))
  }

  /** @throws VerificationError `PACK_BROKEN` */
  async read(ids: readonly string[]): Promise<ReadonlyMap<string, PackedCredential>> {
    const found = new Map<string, PackedCredential>()
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const some = ids.slice(start, start + AT_ONCE)
      const read = some.map((id) => readCredentialFolder(path.join(this.#folder, deviceIdToPath(id))))
      for (const [index, credential] of (await Promise.all(read)).entries()) {
        if (credential !== undefined) found.set(some[index]!, credential)
      }
    }
    const missing = ids.filter((id) => !found.has(id))
    if (missing.length === 0) return found
    const packed = await (await this.#packs()).credentials(missing)
    return new Map([...found, ...packed])
  }

  /** Ids that lie in packs. */
  async packed(): Promise<Iterable<string>> {
    return (await this.#packs()).ids
  }
}
