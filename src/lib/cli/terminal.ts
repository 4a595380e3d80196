import { type Paint, paintFor } from '../ui/paint.ts'
import { wrapLines } from '../ui/wrap-words.ts'
import { forNamedFleet } from './suggested-commands.ts'

/** Where a command writes for people, and what that place can do. */
export interface Terminal {
  /** Data as a person reads it, for stdout; silent with --json, where the result is the data. */
  print(text: string): void
  /** Everything that is not data, for stderr. */
  note(text: string): void
  /** What a person may do next, on stderr; silent with --json. */
  aside(text: string): void
  /** One line of a stream on stdout, whether or not --json is given. Resolves when more may be written. */
  line(text: string): Promise<void>
  readonly paint: Paint
  readonly notePaint: Paint
  readonly columns: number
  /** stdout is a terminal that a person looks at. */
  readonly isScreen: boolean
  /** Questions may be asked. */
  readonly interactive: boolean
}

/** Rows that a screen gets unasked: nobody reads more there. A pipe and --json get all. */
export const SCREENFUL = 200

export function terminalFor({ json, noInput }: { json: boolean; noInput: boolean }): Terminal {
  const { stdout, stderr, stdin } = process
  return {
    print: (text) => void (json || stdout.write(textFor(stdout, text))),
    note: (text) => void stderr.write(textFor(stderr, text)),
    aside: (text) => void (json || stderr.write(textFor(stderr, text))),
    line: (text) => writeLine(stdout, text),
    paint: paintFor(stdout),
    notePaint: paintFor(stderr),
    columns: columnsOf(stdout),
    isScreen: isWatched(stdout) && !json,
    interactive: stdin.isTTY && stderr.isTTY && !noInput && !process.env['CI'],
  }
}

/** A terminal's width; 80 where there is none, and never so narrow that nothing fits. */
function columnsOf(stream: NodeJS.WriteStream): number {
  return Math.max(40, stream.columns || Number(process.env['COLUMNS']) || 80)
}

/** Text of ours as this stream takes it: a person's screen breaks no word in two. */
export function textFor(stream: NodeJS.WriteStream, text: string): string {
  const whole = forNamedFleet(text)
  return withNewline(isWatched(stream) ? wrapLines(whole, columnsOf(stream)) : whole)
}

function isWatched(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env['CI']
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

function writeLine(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (stream.write(`${text}\n`)) return Promise.resolve()
  return new Promise((resolve) => stream.once('drain', resolve))
}
