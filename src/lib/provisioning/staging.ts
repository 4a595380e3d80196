import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  PRIVATE_FILE,
  PRIVATE_FOLDER,
  readTextIfPresent,
  syncFolder,
  writeFileAtomic,
} from '../base/files.ts'
import type { CredentialFile } from '../pki/credential.ts'

/** Something new below `devices/`, a device's folder or a pack, and one of the serials that it was made with. */
export interface StagedEntry {
  readonly name: string
  readonly serial: string
}

/** Whether the registry knows a serial: what was moved into place counts then. */
export type IsRegistered = (serial: string) => Promise<boolean>

const STAGING = '.staging-'
const JOURNAL = 'moving.json'

/**
 * New credentials on their way into `devices/`: written and synced aside, noted in a journal, renamed into place, then
 * registered by the caller. Killed before the rename, nothing is in `devices/`; killed before the registry's commit,
 * the journal names what has no row, and the next run discards it. What is not in a journal is never touched: a
 * registry that came back from a backup must not cost anybody a key.
 */
export class CredentialStaging implements AsyncDisposable {
  readonly #devices: string
  readonly #folder: string
  readonly #isRegistered: IsRegistered

  private constructor(devices: string, folder: string, isRegistered: IsRegistered) {
    this.#devices = devices
    this.#folder = folder
    this.#isRegistered = isRegistered
  }

  /** Clears away what killed runs have left; the caller holds the lock of provisioning, so nobody is at work there. */
  static async in(devices: string, isRegistered: IsRegistered): Promise<CredentialStaging> {
    await mkdir(devices, { recursive: true, mode: PRIVATE_FOLDER })
    for (const name of await readdir(devices)) {
      if (name.startsWith(STAGING)) await discard(devices, path.join(devices, name), isRegistered)
    }
    const folder = path.join(devices, `${STAGING}${randomBytes(6).toString('hex')}`)
    await mkdir(folder, { mode: PRIVATE_FOLDER })
    await syncFolder(devices)
    return new CredentialStaging(devices, folder, isRegistered)
  }

  /** Writes a device's files aside, each synced. */
  async stageFolder(name: string, files: readonly CredentialFile[]): Promise<void> {
    const folder = path.join(this.#folder, name)
    await mkdir(folder, { mode: PRIVATE_FOLDER })
    await Promise.all(files.map((file) => writeSynced(path.join(folder, file.name), file.content, file.mode)))
    await syncFolder(folder)
  }

  /** Writes a pack aside, synced. */
  stagePack(name: string, bytes: Uint8Array): Promise<void> {
    return writeSynced(path.join(this.#folder, name), bytes, PRIVATE_FILE)
  }

  /** Moves what was staged into `devices/`, over what no registry row speaks for. The rows must follow. */
  async moveIntoPlace(entries: readonly StagedEntry[]): Promise<void> {
    await writeFileAtomic(path.join(this.#folder, JOURNAL), JSON.stringify(entries), { mode: PRIVATE_FILE })
    for (const { name } of entries) {
      await moveOver(path.join(this.#folder, name), path.join(this.#devices, name))
    }
    await syncFolder(this.#devices)
  }

  /** Takes back what was moved and then not registered, as after an error. */
  async [Symbol.asyncDispose](): Promise<void> {
    await discard(this.#devices, this.#folder, this.#isRegistered)
  }
}

/** As a rule nothing is there; a folder that is has to go first. */
async function moveOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch {
    await rm(to, { recursive: true, force: true })
    await rename(from, to)
  }
}

async function discard(devices: string, staging: string, isRegistered: IsRegistered): Promise<void> {
  const journal = await readTextIfPresent(path.join(staging, JOURNAL))
  for (const { name, serial } of JSON.parse(journal ?? '[]') as readonly StagedEntry[]) {
    if (await isRegistered(serial)) continue
    await rm(path.join(devices, path.basename(name)), { recursive: true, force: true })
  }
  await syncFolder(devices)
  // Last: with the journal gone, nobody would know what to discard.
  await rm(staging, { recursive: true, force: true })
}

async function writeSynced(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  await using handle = await open(file, 'wx', mode)
  await handle.chmod(mode)
  await handle.writeFile(content)
  await handle.sync()
}
