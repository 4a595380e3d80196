import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { systemCode } from '../base/errors.ts'
import { PRIVATE_FOLDER, syncFolder } from '../base/files.ts'
import { deviceIdToPath } from '../base/names.ts'

export interface CredentialFile {
  readonly name: string
  readonly content: string
  readonly mode: number
}

const STAGING = '.staging-'

/**
 * Folders of new credentials on their way into `devices/`: written and synced aside, then renamed into place, then
 * registered. Killed before the rename, nothing is in `devices/`; killed before the registry's commit, a folder has no
 * row and the next run replaces it.
 */
export class CredentialStaging implements AsyncDisposable {
  readonly #devices: string
  readonly #folder: string
  readonly #staged: string[] = []

  private constructor(devices: string, folder: string) {
    this.#devices = devices
    this.#folder = folder
  }

  static async in(devices: string): Promise<CredentialStaging> {
    await mkdir(devices, { recursive: true, mode: PRIVATE_FOLDER })
    await discardLeftovers(devices)
    const folder = path.join(devices, `${STAGING}${randomBytes(6).toString('hex')}`)
    await mkdir(folder, { mode: PRIVATE_FOLDER })
    return new CredentialStaging(devices, folder)
  }

  /** Writes a device's files aside, each synced. */
  async stage(id: string, files: readonly CredentialFile[]): Promise<void> {
    const name = deviceIdToPath(id)
    const folder = path.join(this.#folder, name)
    await mkdir(folder, { mode: PRIVATE_FOLDER })
    await Promise.all(files.map((file) => writeSynced(path.join(folder, file.name), file)))
    await syncFolder(folder)
    this.#staged.push(name)
  }

  /** Moves all that is staged into `devices/`, over folders that no registry row speaks for. */
  async moveIntoPlace(): Promise<void> {
    for (const name of this.#staged) {
      const target = path.join(this.#devices, name)
      await rm(target, { recursive: true, force: true })
      await rename(path.join(this.#folder, name), target)
    }
    this.#staged.length = 0
    await syncFolder(this.#devices)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function writeSynced(file: string, { content, mode }: CredentialFile): Promise<void> {
  await using handle = await open(file, 'wx', mode)
  await handle.chmod(mode)
  await handle.writeFile(content)
  await handle.sync()
}

/** What a killed run left aside; the caller holds the lock of provisioning, so nobody is writing there. */
async function discardLeftovers(devices: string): Promise<void> {
  try {
    const leftovers = (await readdir(devices)).filter((name) => name.startsWith(STAGING))
    await Promise.all(leftovers.map((name) => rm(path.join(devices, name), { recursive: true, force: true })))
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
