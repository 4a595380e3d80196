import path from 'node:path'
import {
  DifferenceError,
  type FlotillaError,
  messageOf,
  RefusedError,
  systemCode,
  UnreachableError,
} from '../../base/errors.ts'
import { ownerOf } from '../../base/file-owner.ts'
import { writeObstacle } from '../../base/files.ts'
import type { DatabaseKind } from './database-kind.ts'
import { sqliteCode } from './patience.ts'

/** What SQLite or the system says about a file, in our words; anything else (a bug) as it came. */
export function databaseFailure(cause: unknown, { name }: DatabaseKind, file: string): unknown {
  const found = SAID[sqliteCode(cause) ?? -1] ?? SAID_BY_SYSTEM[systemCode(cause) ?? '']
  if (found === undefined) return cause
  // SQLite has one word for a foreign owner and for a mount that may only be read; the system tells them apart.
  const say = found === denied && systemCode(writeObstacle(file)) === 'EROFS' ? readOnly : found
  const { Kind, code, what } = say
  const hint = hintOf(say, name, file)
  const message = `The ${name} ${what}: ${file} (${messageOf(cause)}).`
  return new Kind(`${name.toUpperCase()}_${code}`, message, { hint, layer: 'registry', cause })
}

/** The content of a file is not what SQLite has written there. */
export function isDamage(cause: unknown): boolean {
  return SAID[sqliteCode(cause) ?? -1] === broken
}

interface Said {
  readonly Kind: new (...args: ConstructorParameters<typeof FlotillaError>) => FlotillaError
  readonly code: string
  readonly what: string
  readonly hint: string
}

const denied: Said = {
  Kind: RefusedError,
  code: 'DENIED',
  what: 'may not be opened or written',
  hint: 'Look at its owner and its mode.',
}
const readOnly: Said = {
  Kind: RefusedError,
  code: 'READ_ONLY',
  what: 'lies on a file system that may only be read',
  hint: 'Mount it for writing: who only reads keeps its locks beside the file, too.',
}
const broken: Said = {
  Kind: DifferenceError,
  code: 'CORRUPT',
  what: 'is damaged or no database',
  hint: 'Stop everything that uses it, keep a copy, and put a backup of data/ back.',
}
const full: Said = {
  Kind: UnreachableError,
  code: 'FULL',
  what: 'has no room left, nothing of this change was written',
  hint: 'Make room on the disk and type the same again.',
}

/** By SQLite's primary result codes. */
const SAID: Readonly<Record<number, Said>> = {
  3: denied,
  5: {
    Kind: UnreachableError,
    code: 'BUSY',
    what: 'was being written by another process all the time',
    hint: 'Try again. If it stays so, look for a flotilla that hangs.',
  },
  8: denied,
  10: {
    Kind: UnreachableError,
    code: 'IO',
    what: 'could not be read or written',
    hint: "Look at the disk: the system's log says more.",
  },
  11: broken,
  13: full,
  14: denied,
  23: denied,
  26: broken,
}

const SAID_BY_SYSTEM: Readonly<Record<string, Said>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: readOnly,
  ENOSPC: full,
}

function hintOf(said: Said, name: DatabaseKind['name'], file: string): string {
  if (said === denied) return deniedHint(file)
  return said === broken ? damageHint(name, file) : said.hint
}

/** What is lost with it, and what is not, decides whether somebody looks for a backup or goes on. */
function damageHint(name: DatabaseKind['name'], file: string): string {
  if (name === 'registry') return broken.hint
  const beside = `${path.basename(file)}-wal and -shm`
  return [
    'Lost with it: when devices were last heard, refused connections, dead letters. Not in it: devices, certificates, batches, the audit, telemetry.',
    `Stop everything that uses it and put a backup of data/ back; or move it away, with ${beside} beside it: flotilla up makes a new one.`,
  ].join('\n')
}

function deniedHint(file: string): string {
  const owner = ownerOf(file)
  if (owner === undefined || owner.isSelf) return denied.hint
  return `${owner.path} belongs to ${owner.user}: use that user, or let it give the files to you.`
}
