import { FlotillaError, messageOf, systemCode } from '../base/errors.ts'

/** What one check came to. */
export interface Diagnosis {
  /** What was looked at, in two or three words. */
  readonly check: string
  /** bad: something does not work. warn: it works, and somebody should know. */
  readonly level: 'ok' | 'warn' | 'bad'
  /** Stable and upper case; `OK` where all is well. */
  readonly code: string
  /** What was found, and where it comes from. */
  readonly finding: string
  /** What to type or to change; null where all is well. */
  readonly fix: string | null
}

export function healthy(check: string, finding: string): Diagnosis {
  return { check, level: 'ok', code: 'OK', finding, fix: null }
}

export function ill(
  check: string,
  level: 'warn' | 'bad',
  code: string,
  finding: string,
  fix: string,
): Diagnosis {
  return { check, level, code, finding, fix }
}

/** A failure that a check ran into is its finding: it has a code, a cause and a fix already. */
export async function examine(
  check: string,
  look: () => Promise<Diagnosis | readonly Diagnosis[]>,
): Promise<readonly Diagnosis[]> {
  try {
    return [await look()].flat()
  } catch (error) {
    if (error instanceof FlotillaError) return [ofFailure(check, error)]
    if (systemCode(error) === undefined) throw error
    const fix = 'See to it that this user may read it.'
    return [ill(check, 'bad', 'FILE_UNREADABLE', `${messageOf(error)}.`, fix)]
  }
}

function ofFailure(check: string, { code, message, hint }: FlotillaError): Diagnosis {
  return ill(check, 'bad', code, message, hint ?? 'Nothing is known to help: run it again with DEBUG=1.')
}
