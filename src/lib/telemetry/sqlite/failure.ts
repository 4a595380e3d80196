import { messageOf, systemCode, UnreachableError } from '../../base/errors.ts'

/** What SQLite or the system says about a file of the store, in our words; anything else (a bug) as it came. */
export function storeFailure(cause: unknown, file: string): unknown {
  const said = SQLITE[primaryCode(cause) ?? -1] ?? SYSTEM[systemCode(cause) ?? '']
  if (said === undefined) return cause
  return failure(said, file, cause)
}

function failure({ code, what, hint }: Said, file: string, cause: unknown): UnreachableError {
  const message = `The telemetry store ${what}: ${file} (${messageOf(cause)}).`
  return new UnreachableError(`STORE_${code}`, message, { hint, layer: 'store', cause })
}

/** A file without tables: files appear whole, so something has emptied it. */
export function emptied(file: string): UnreachableError {
  return failure(broken, file, 'it has been emptied')
}

/** Whether it is the content of a file that is wrong: no retry helps, and no other file is to blame. */
export function isDamage(error: unknown): boolean {
  return error instanceof UnreachableError && error.code === `STORE_${broken.code}`
}

interface Said {
  readonly code: string
  readonly what: string
  readonly hint: string
}

const denied: Said = {
  code: 'DENIED',
  what: 'may not be opened or written',
  hint: 'Whoever reads it also needs to write in its folder (locks are kept there): use the user who runs "flotilla up".',
}
const busy: Said = { code: 'BUSY', what: 'is held by another process', hint: 'Try again.' }
const broken: Said = {
  code: 'CORRUPT',
  what: 'is damaged or no database',
  hint: 'A damaged day is set aside by the next write. When it is series.db, move the whole folder away: what comes from then on is stored.',
}
const full: Said = {
  code: 'FULL',
  what: 'has no room left',
  hint: 'Make room on the disk.',
}
const unreadable: Said = {
  code: 'IO',
  what: 'could not be read or written',
  hint: "Look at the disk: the system's log says more.",
}

/** By SQLite's primary result codes. */
const SQLITE: Readonly<Record<number, Said>> = {
  5: busy,
  6: busy,
  8: denied,
  10: unreadable,
  11: broken,
  13: full,
  14: denied,
  15: busy,
  23: denied,
  26: broken,
}

const SYSTEM: Readonly<Record<string, Said>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ENOTDIR: denied,
  EEXIST: denied,
  ENOSPC: full,
  EDQUOT: full,
  EIO: unreadable,
  EMFILE: unreadable,
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined
  return error.errcode & 0xff
}
