import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Who holds a file. */
export interface FileOwner {
  /** The file, or the nearest folder above it that can be looked at. */
  readonly path: string
  /** The name of the user, or `user 1000` where the system knows none. */
  readonly user: string
  /** It is who runs this program. */
  readonly isSelf: boolean
}

/** Undefined where nothing can be told, and on a system without such owners. */
export function ownerOf(file: string): FileOwner | undefined {
  const self = process.geteuid?.()
  if (self === undefined) return undefined
  for (let at = path.resolve(file); ; at = path.dirname(at)) {
    try {
      const { uid } = statSync(at)
      return { path: at, user: userName(uid), isSelf: uid === self }
    } catch {
      if (path.dirname(at) === at) return undefined
    }
  }
}

/** Node can only name the user who runs it. */
function userName(uid: number): string {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    const fields = lines.map((line) => line.split(':')).find(([, , id]) => id === String(uid))
    return fields?.[0] || `user ${uid}`
  } catch {
    return `user ${uid}`
  }
}
