import { type Diagnosis, healthy, ill } from './diagnosis.ts'

/** A file or folder of the fleet, as the system sees it. */
export interface FileFact {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** Whether this user may use it as commands and services must. */
  readonly usable: boolean
}

export interface PermissionFacts {
  /** Files that others must not read, and what must be usable. */
  readonly files: readonly FileFact[]
  /** Who owns the data; undefined where there are no such numbers. */
  readonly owner: number | undefined
  readonly user: number | undefined
}

/** For everybody else than the owner. */
const OTHERS = 0o077

export function diagnosePermissions({ files, owner, user }: PermissionFacts): readonly Diagnosis[] {
  const exposed = files.filter(({ mode }) => (mode & OTHERS) !== 0)
  const denied = files.filter(({ usable }) => !usable)
  const found: Diagnosis[] = []
  if (exposed.length > 0)
    found.push(
      ill(
        'permissions',
        'bad',
        'FILE_EXPOSED',
        `${listed(exposed)} can be read or written by other users of this machine.`,
        `chmod go= ${exposed.length === 1 ? exposed[0]!.path : 'on each of them'}`,
      ),
    )
  if (denied.length > 0)
    found.push(
      ill(
        'permissions',
        'bad',
        'FILE_DENIED',
        `${listed(denied)} may not be used by this user.`,
        'Run flotilla as the user who made the fleet directory, or chown the directory to this one.',
      ),
    )
  if (user === 0 && owner !== undefined && owner !== 0)
    found.push(
      ill(
        'permissions',
        'warn',
        'USER_ROOT',
        `The fleet belongs to user ${owner}, and this is root: files that root makes, that user cannot write.`,
        'Run flotilla as that user.',
      ),
    )
  return found.length > 0
    ? found
    : [healthy('permissions', `${files.length} files and folders, as they should be.`)]
}

function listed(files: readonly FileFact[]): string {
  const shown = files.slice(0, 3).map(({ path }) => path)
  return files.length > 3 ? `${shown.join(', ')} and ${files.length - 3} more` : shown.join(', ')
}
