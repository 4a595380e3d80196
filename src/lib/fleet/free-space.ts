import { statfs } from 'node:fs/promises'
import type { FleetDirectory } from './directory.ts'

/** Bytes that this user may still write where the fleet keeps its data; undefined where the system does not tell. */
export async function freeSpace({ data, root }: FleetDirectory): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(data).catch(() => statfs(root))
    return bavail * bsize
  } catch {
    return undefined
  }
}
