import {
  type FlotillaError,
  NotFoundError,
  RefusedError,
  systemCode,
  UnreachableError,
  UsageError,
} from '../base/errors.ts'
import { ownerOf } from '../base/file-owner.ts'
import { printable } from '../base/printable.ts'

interface Said {
  readonly Kind: new (...args: ConstructorParameters<typeof FlotillaError>) => FlotillaError
  readonly code: string
  readonly what: string
  readonly hint?: string
}

const denied: Said = { Kind: RefusedError, code: 'FILE_DENIED', what: 'may not be read or written' }
const full: Said = {
  Kind: UnreachableError,
  code: 'DISK_FULL',
  what: 'has no room left on its disk',
  hint: 'Make room and type the same again.',
}
const exhausted: Said = {
  Kind: UnreachableError,
  code: 'FILES_EXHAUSTED',
  what: 'cannot be opened: too many files are open',
  hint: 'Raise the limit and try again: ulimit -n 65536',
}
const wrongName: Said = { Kind: UsageError, code: 'FILE_NAME', what: 'has a name that no file can have' }

/** What the system says about a file. */
const SAID: Readonly<Record<string, Said>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: {
    Kind: RefusedError,
    code: 'FILE_READ_ONLY',
    what: 'lies on a file system that may only be read',
    hint: 'Mount it for writing, or name a fleet directory that lies elsewhere.',
  },
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: exhausted,
  ENFILE: exhausted,
  ENOENT: { Kind: NotFoundError, code: 'FILE_MISSING', what: 'is not there' },
  EEXIST: { Kind: UsageError, code: 'FILE_KIND', what: 'is there already, and is something else' },
  ENOTDIR: {
    Kind: UsageError,
    code: 'FILE_KIND',
    what: 'is no folder, or leads through something that is none',
  },
  EISDIR: { Kind: UsageError, code: 'FILE_KIND', what: 'is a folder, not a file' },
  ENAMETOOLONG: wrongName,
  ELOOP: wrongName,
  EIO: {
    Kind: UnreachableError,
    code: 'FILE_IO',
    what: 'could not be read or written',
    hint: "Look at the disk: the system's log says more.",
  },
}

/** These are about sockets, where the same codes mean something else. */
const OF_SOCKETS = new Set(['listen', 'bind', 'connect'])

/** A file that the system does not let us use is nothing unexpected; undefined: it is about something else. */
export function systemFailure(error: unknown): FlotillaError | undefined {
  const code = systemCode(error)
  const said = code === undefined ? undefined : SAID[code]
  if (said === undefined) return undefined
  const { path, syscall = '' } = error as NodeJS.ErrnoException
  if (OF_SOCKETS.has(syscall)) return undefined
  const { Kind, what } = said
  const hint = said === denied ? whoMay(path) : said.hint
  const subject = path === undefined ? 'A file' : printable(path)
  const message = `${subject} ${what} (${[code, syscall].filter(Boolean).join(', ')}).`
  return new Kind(said.code, message, {
    layer: 'file',
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}

function whoMay(path: string | undefined): string {
  const owner = path === undefined ? undefined : ownerOf(path)
  if (owner === undefined) return 'Use the user to whom the fleet directory belongs.'
  if (owner.isSelf)
    return `${printable(owner.path)} is yours: look at its mode, and at those of the folders above.`
  return `${printable(owner.path)} belongs to ${printable(owner.user)}: use that user, or let it give the file to you.`
}
