/** What a process says about itself when it ends. Scripts branch on these, so a number never changes its meaning. */
export const ExitCode = {
  done: 0,
  failure: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  difference: 5,
  timedOut: 6,
  partial: 7,
  threshold: 8,
  verification: 9,
  unreachable: 10,
  interrupted: 130,
} as const

/** The layer that failed, where one can be named. */
export type Layer = 'dns' | 'tcp' | 'tls' | 'certificate' | 'mqtt' | 'store' | 'registry' | 'file' | 'clock'

export interface FailureDetails {
  /** The next step, as something to type or to change. */
  readonly hint?: string
  readonly layer?: Layer
  /** What was done all the same, for programs: `--json` prints it with the failure. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

/**
 * A failure that a user can do something about. `code` is stable and upper case (`DEVICE_UNKNOWN`); the message says
 * what happened and where, the hint what to do. Anything else that is thrown is a bug or the machine: exit 1.
 */
export abstract class FlotillaError extends Error {
  abstract readonly exitCode: number
  readonly code: string
  readonly hint: string | undefined
  readonly layer: Layer | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: string, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = code
    this.hint = details.hint
    this.layer = details.layer
    this.details = details.details
  }
}

/** The input is wrong: a flag, a file, a name. Nothing was changed. */
export class UsageError extends FlotillaError {
  readonly exitCode = ExitCode.usage
}

/** Somebody said no: authentication or authorisation. */
export class RefusedError extends FlotillaError {
  readonly exitCode = ExitCode.refused
}

/** What was named does not exist. */
export class NotFoundError extends FlotillaError {
  readonly exitCode = ExitCode.notFound
}

/** It was looked at, and there is a difference or a problem. */
export class DifferenceError extends FlotillaError {
  readonly exitCode = ExitCode.difference
}

/** The deadline passed, or nothing came. */
export class TimedOutError extends FlotillaError {
  readonly exitCode = ExitCode.timedOut
}

/** A batch ended and some of its rows failed. */
export class PartialError extends FlotillaError {
  readonly exitCode = ExitCode.partial
}

/** A batch stopped because more rows failed than it was allowed to. */
export class ThresholdError extends FlotillaError {
  readonly exitCode = ExitCode.threshold
}

/** A signature, a hash or a proof does not hold. */
export class VerificationError extends FlotillaError {
  readonly exitCode = ExitCode.verification
}

/** A broker, store or registry cannot be reached or is busy: a retry makes sense. */
export class UnreachableError extends FlotillaError {
  readonly exitCode = ExitCode.unreachable
}

/** The user or the system asked us to stop. */
export class InterruptedError extends FlotillaError {
  readonly exitCode = ExitCode.interrupted

  constructor(message = 'Interrupted.', details: FailureDetails = {}) {
    super('INTERRUPTED', message, details)
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Node's `code` of a system error (`ENOENT`), if it carries one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
