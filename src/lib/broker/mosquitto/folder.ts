import { chown, mkdir, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { PRIVATE_FOLDER, readTextIfPresent, writeFileAtomic } from '../../base/files.ts'
import { type MosquittoFile, mosquittoFiles } from './files.ts'
import type { MosquittoSettings } from './settings.ts'
import { systemUser } from './system-user.ts'

/**
 * Writes the folder that mosquitto is started from, each file whole or not at all. Written by root it is given to the
 * user that mosquitto becomes.
 * @returns the names of its files
 * @throws UsageError `CLIENT_ID_RULE`, `BROKER_PORT`, `USER_UNKNOWN`
 */
export async function writeMosquittoFolder(settings: MosquittoSettings): Promise<readonly string[]> {
  const { folder, user } = settings
  const files = mosquittoFiles(settings)
  const isNew = (await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })) !== undefined
  const isRoot = process.getuid?.() === 0
  if (isRoot && (isNew || (await readdir(folder)).length === 0)) {
    const { uid, gid } = await systemUser(user)
    await chown(folder, uid, gid)
  }
  await writeFiles(folder, files)
  return files.map(({ name }) => name)
}

/** Writes those that have changed. */
export async function writeFiles(folder: string, files: readonly MosquittoFile[]): Promise<void> {
  const owner = process.getuid?.() === 0 ? await stat(folder) : undefined
  for (const { name, content, mode } of files) {
    const file = path.join(folder, name)
    if ((await readTextIfPresent(file)) === content) continue
    await writeFileAtomic(file, content, { mode })
    // root writes for whom the folder belongs to: mosquitto reads these again as that user.
    if (owner !== undefined) await chown(file, owner.uid, owner.gid)
  }
}
