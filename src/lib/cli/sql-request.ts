import { UsageError } from '../base/errors.ts'
import { readInput } from '../base/read-input.ts'
import type { SqlRequest } from '../fleet/sql-telemetry.ts'
import { SCREENFUL, type Terminal } from './terminal.ts'

export interface SqlFlags {
  /** The statement, `-` for standard input. */
  readonly sql: string
  readonly skip?: number | undefined
  readonly limit?: number | undefined
}

/**
 * What `--sql` asks for. A screen gets a screenful unasked; a pipe gets all.
 * @throws UsageError `USAGE` devices are named, too
 */
export async function sqlRequest(
  { sql, skip = 0, limit }: SqlFlags,
  devices: readonly string[],
  { isScreen }: Terminal,
): Promise<SqlRequest> {
  if (devices.length > 0) throw notBoth(devices)
  const statement = sql === '-' ? (await readInput('-')).toString('utf8') : sql
  return { statement, skip, limit: limit ?? (isScreen ? SCREENFUL : undefined) }
}

function notBoth(devices: readonly string[]): UsageError {
  const typed = devices.map((word) => JSON.stringify(word)).join(' ')
  return new UsageError('USAGE', `Devices (${typed}) and --sql cannot be given together.`, {
    hint: 'Put the statement behind --sql in quotes; it chooses its devices itself: WHERE device = …',
  })
}

/** Whose values are asked for. @throws UsageError `USAGE` */
export function devicesOf(words: readonly string[]): readonly string[] {
  if (words.length > 0) return words
  throw new UsageError('USAGE', 'DEVICES is missing after flotilla telemetry query.', {
    hint: 'Name ids or key=value, or ask the store itself with --sql: flotilla telemetry query --help',
  })
}
