import { stripVTControlCharacters } from 'node:util'
import { FlotillaError, UsageError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

/** The command that was typed. */
export interface TypedCommand {
  /** `device list` */
  readonly name: string
  readonly flags: readonly string[]
}

/** What the parser throws about a line; the texts are its own, so ours are made from what it carries. */
interface ParserError extends Error {
  /** Missing ones as they are defined, or those too many as they were typed. */
  readonly args?: readonly ({ readonly name: string } | string)[]
  readonly flags?: readonly string[]
}

/** A line that cannot be understood, in our words; anything else as it came. */
export function usageFailure(error: Error, command: TypedCommand): Error {
  const [, flag, inner] = /^Parsing --(\S+) \n\t(.*)\nSee more help with --help$/s.exec(error.message) ?? []
  if (error instanceof FlotillaError) {
    // The parser of a flag said it well; the library wrote around it.
    if (inner !== undefined) error.message = `--${flag}: ${inner}`
    return error
  }
  if (!isParserError(error)) return error
  const help = `flotilla ${command.name} --help`
  if (error.flags !== undefined) return unknownFlags(error.flags, command, help)
  const message =
    error.args === undefined
      ? sentences(inner ?? error.message, flag === undefined ? undefined : `--${flag}`)
      : wrongArguments(error.args, command)
  return usage(message, help, error)
}

function usage(message: string, hint: string, cause?: Error): UsageError {
  return new UsageError('USAGE', message, { hint, cause })
}

/** Its errors carry `oclif.exit = 2`; we know them by that and not by their classes. */
function isParserError(error: Error): error is ParserError {
  return 'oclif' in error && (error.oclif as { readonly exit?: number }).exit === 2
}

function unknownFlags(typed: readonly string[], command: TypedCommand, help: string): UsageError {
  const close = typed.map((flag) =>
    nearest(
      flag,
      command.flags.map((name) => `--${name}`),
    ),
  )
  const meant = close.filter((flag) => flag !== undefined)
  const message = `flotilla ${command.name} has no flag ${typed.join(', ')}.`
  return usage(message, meant.length === 0 ? help : `Did you mean ${meant.join(' ')}? All of them: ${help}`)
}

function wrongArguments(args: NonNullable<ParserError['args']>, command: TypedCommand): string {
  const missing = args.flatMap((arg) => (typeof arg === 'string' ? [] : [arg.name.toUpperCase()]))
  if (missing.length > 0) return `${missing.join(' and ')} is missing after flotilla ${command.name}.`
  return `${args.map((arg) => JSON.stringify(arg)).join(', ')} is more than flotilla ${command.name} takes.`
}

type Rewrite = readonly [RegExp, (...groups: readonly string[]) => string]

/** What the parser only says in a sentence, as sentences of ours. */
const REWRITES: readonly Rewrite[] = [
  [/^Missing required flag (\S+)$/, (flag) => `--${flag} is missing.`],
  [/^--([^\s=]+)(?:=.*)? cannot also be provided when using --(\S+)$/s, (a, b) => together(a, b)],
  [
    /^All of the following must be provided when using (\S+): (.*)$/,
    (flag, others) => `${flag} needs ${others}.`,
  ],
  [
    /^One of the following must be provided when using (\S+): (.*)$/,
    (flag, any) => `${flag} needs one of ${any}.`,
  ],
  [/^Flag (--\S+) can only be specified once$/, (flag) => `${flag} was given more than once.`],
  [/^Flag (--\S+) expects a value$/, (flag) => `${flag} needs a value.`],
  [/^Flag (--\S+) expects one of these values: (.*)$/s, (flag, all) => `${flag} needs one of: ${all}.`],
  [
    /^Expected (--[^=]+)=(.*) to be one of: (.*)$/s,
    (flag, value, all) => `${flag} must be one of: ${all}; not ${JSON.stringify(value)}.`,
  ],
  [/^Expected (.*) to be one of: (.*)$/s, (value, all) => `${JSON.stringify(value)} is none of: ${all}.`],
]

const NUMBERS: readonly Rewrite[] = [
  [
    /^Expected an integer but received: (.*)$/s,
    (value) => `must be a whole number, not ${JSON.stringify(value)}.`,
  ],
  [
    /^Expected an integer (greater|less) than or equal to (\S+) but received: (.*)$/s,
    (way, bound, value) => `must be at ${way === 'greater' ? 'least' : 'most'} ${bound}, not ${value}.`,
  ],
]

function together(a: string, b: string): string {
  return `--${[a, b].toSorted().join(' and --')} cannot be given together.`
}

function sentences(message: string, subject: string | undefined): string {
  const plain = stripVTControlCharacters(message).replace(/\nSee more help with --help$/, '')
  const number = rewritten(plain, NUMBERS)
  if (number !== undefined) return `${subject ?? 'An argument'} ${number}`
  const whole = rewritten(plain, REWRITES)
  if (whole !== undefined) return whole
  const lines = plain.replace(/^The following errors? occurred:/, '').split('\n')
  const ours = lines
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => rewritten(line, REWRITES) ?? line)
  return [...new Set(ours)].join(' ')
}

function rewritten(text: string, rewrites: readonly Rewrite[]): string | undefined {
  for (const [pattern, say] of rewrites) {
    const found = pattern.exec(text)
    if (found !== null) return say(...found.slice(1))
  }
  return undefined
}
