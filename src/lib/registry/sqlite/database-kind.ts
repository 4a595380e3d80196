import { NotFoundError, UsageError } from '../../base/errors.ts'
import type { Migration } from './migration.ts'

/** One of the two databases of a fleet. */
export interface DatabaseKind {
  readonly name: 'registry' | 'state'
  /** SQLite's `application_id`: it tells the two apart, and both from files of other programs. */
  readonly applicationId: number
  /** FULL: what is committed survives power loss. NORMAL: it survives the death of the process. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** In order, never changed once released: `user_version` says how many a file has. */
  readonly migrations: readonly Migration[]
}

/** What a file says about itself. */
export interface Header {
  readonly applicationId: number
  readonly version: number
  /** Whether it has any table. */
  readonly empty: boolean
}

/**
 * Whether a file can be used as it is, or has to be brought up to date first.
 * @throws UsageError `…_FOREIGN`, `PROGRAM_OUTDATED`
 */
export function judgeHeader(kind: DatabaseKind, header: Header, file: string): 'current' | 'outdated' {
  if (header.empty) return 'outdated'
  if (header.applicationId !== kind.applicationId) {
    throw new UsageError(
      `${kind.name.toUpperCase()}_FOREIGN`,
      `${file} is not the ${kind.name} of a fleet.`,
      {
        hint: 'It belongs to something else. Move it away, or name another fleet directory.',
        layer: 'registry',
      },
    )
  }
  const newest = kind.migrations.length
  if (header.version > newest) {
    throw new UsageError(
      'PROGRAM_OUTDATED',
      `The ${kind.name} has version ${header.version}, this program knows ${newest}: ${file}.`,
      { hint: 'A newer flotilla made it. Update this one.', layer: 'registry' },
    )
  }
  return header.version === newest ? 'current' : 'outdated'
}

export function outdated({ name }: DatabaseKind, file: string): UsageError {
  return new UsageError(`${name.toUpperCase()}_OUTDATED`, `The ${name} is of an older version: ${file}.`, {
    hint: 'flotilla migrate (or up) brings it up to date; nothing is lost.',
    layer: 'registry',
  })
}

export function missing({ name }: DatabaseKind, file: string): NotFoundError {
  return new NotFoundError(`${name.toUpperCase()}_MISSING`, `There is no ${name} yet: ${file}.`, {
    hint: 'flotilla init makes it.',
    layer: 'registry',
  })
}
