import { randomBytes } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { systemCode } from './errors.ts'

/** Mode of every file that holds a secret. */
export const PRIVATE_FILE = 0o600
/** Mode of every folder that holds one. */
export const PRIVATE_FOLDER = 0o700

export interface WriteOptions {
  readonly mode?: number
}

/**
 * Writes a file whole or not at all: temporary file beside it, fsync, rename, fsync of the folder. A reader, and a
 * process killed at any moment, sees the old content or the new.
 */
export async function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  options: WriteOptions = {},
) {
  const folder = path.dirname(file)
  await mkdir(folder, { recursive: true })
  const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    await using handle = await open(temporary, 'wx', options.mode ?? 0o644)
    // open()'s mode passes through the umask; what was asked for is what a reader gets.
    if (options.mode !== undefined) await handle.chmod(options.mode)
    await handle.writeFile(content)
    await handle.sync()
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** Makes the entries of a folder (names, not contents) survive power loss, where the system can do that. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(folder, 'r')
  } catch (error) {
    if (systemCode(error) === 'EISDIR' || systemCode(error) === 'EPERM') return // Windows has no such thing
    throw error
  }
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The file's text, or undefined when there is none. */
export async function readTextIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whether it is there. Unlike `existsSync` it throws when that cannot be seen: what is forbidden is not missing. */
export function isPresent(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}

/** Why a file, or one beside it, may not be written, as the system says it; undefined when nothing is in the way. */
export function writeObstacle(file: string): unknown {
  try {
    accessSync(path.dirname(file), constants.W_OK | constants.X_OK)
    if (isPresent(file)) accessSync(file, constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return error
  }
}
