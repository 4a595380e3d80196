import { printableLines } from '../base/printable.ts'
import { paintFor } from '../ui/paint.ts'
import { describeFailure, failureDocument, failureText } from './failure.ts'
import { textFor } from './terminal.ts'

/** Shows what was thrown, for people or as JSON; answers the exit code. */
export function showFailure(error: unknown, { json }: { readonly json: boolean }): number {
  const failure = describeFailure(error)
  if (process.env['DEBUG'] && error instanceof Error) {
    process.stderr.write(`${printableLines(String(error.stack))}\n`)
  }
  // One line, so that it is a line of a stream's NDJSON too.
  if (json) process.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`)
  else process.stderr.write(textFor(process.stderr, failureText(failure, paintFor(process.stderr))))
  return failure.exitCode
}
