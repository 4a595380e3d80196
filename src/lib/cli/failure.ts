import { ExitCode, FlotillaError, InterruptedError, messageOf } from '../base/errors.ts'
import { printableLines } from '../base/printable.ts'
import { wrongPassphraseHint } from './passphrase.ts'
import { systemFailure } from './system-failure.ts'

/** What `--json` prints on stdout when a command fails. */
export interface FailureDocument {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly exitCode: number
    readonly layer?: string
    readonly hint?: string
    readonly details?: Readonly<Record<string, unknown>>
  }
}

interface Failure extends Omit<FailureDocument['error'], 'exitCode'> {
  readonly exitCode: number
  /** A bug or the machine: the stack is worth showing with DEBUG. */
  readonly unexpected: boolean
}

/** Everything that can be thrown, in the words of the output contract. */
export function describeFailure(thrown: unknown): Failure {
  const reason = unwrapAbort(thrown)
  const error = systemFailure(reason) ?? reason
  if (error instanceof FlotillaError) {
    const hint = error.hint ?? (error.code === 'CA_PASSPHRASE' ? wrongPassphraseHint(process.env) : undefined)
    return {
      code: error.code,
      message: error.message,
      exitCode: error.exitCode,
      ...(error.layer === undefined ? {} : { layer: error.layer }),
      ...(hint === undefined ? {} : { hint }),
      ...(error.details === undefined ? {} : { details: error.details }),
      unexpected: false,
    }
  }
  return { code: 'UNEXPECTED', message: messageOf(error), exitCode: ExitCode.failure, unexpected: true }
}

/** Node's waits wrap the reason of an abort in an AbortError; the reason is what happened. */
function unwrapAbort(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name !== 'AbortError') return thrown
  return thrown.cause ?? new InterruptedError()
}

/** The failure as a person reads it: what and where, then what to do. Names in it may come from devices and files. */
export function failureText(
  failure: Failure,
  paint: { bad(text: string): string; faint(text: string): string },
): string {
  const lines = [
    `${paint.bad('Error')} ${printableLines(failure.message)} ${paint.faint(`(${failure.code})`)}`,
  ]
  if (failure.hint !== undefined) lines.push(printableLines(failure.hint))
  if (failure.unexpected)
    lines.push('This should not happen. Run it again with DEBUG=1 to see where it comes from.')
  return `${lines.join('\n')}\n`
}

export function failureDocument({ unexpected: _, ...error }: Failure): FailureDocument {
  return { error }
}
