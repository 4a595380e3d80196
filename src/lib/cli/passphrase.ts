import { messageOf, UsageError } from '../base/errors.ts'
import { readSecret } from '../base/read-input.ts'
import type { Terminal } from './terminal.ts'

const VARIABLE = 'FLOTILLA_CA_PASSPHRASE'
const FILE_VARIABLE = 'FLOTILLA_CA_PASSPHRASE_FILE'
const MINIMUM = 8
const TOO_SHORT = `A passphrase needs at least ${MINIMUM} characters.`

export interface PassphraseOptions {
  /** `--passphrase-file`; `-` is standard input. */
  readonly file?: string | undefined
  readonly terminal: Terminal
}

/**
 * Where the passphrase of the CA keys comes from: the file named, the environment, a prompt; never argv.
 * The answer is a function, so that nobody is asked when no key is encrypted.
 */
export function caPassphrase({ file, terminal }: PassphraseOptions): () => Promise<string> {
  return async () => {
    const given = await givenPassphrase(file)
    if (given !== undefined) return given
    if (!terminal.interactive) throw missing()
    const { askSecret } = await import('./prompts.ts')
    return askSecret('Passphrase of the CA keys:')
  }
}

/** The same for new keys: asked twice, and not too short. */
export async function newCaPassphrase({ file, terminal }: PassphraseOptions): Promise<string> {
  const given = await givenPassphrase(file)
  if (given !== undefined) return checkLength(given)
  if (!terminal.interactive) throw missing()
  const { askSecret } = await import('./prompts.ts')
  for (;;) {
    const first = await askSecret(
      'New passphrase for the CA keys:',
      (text) => text.length >= MINIMUM || TOO_SHORT,
    )
    // Both are asked again: nobody sees which of the two was mistyped.
    if ((await askSecret('The same again:')) === first) return first
    terminal.note('It was not the same. Once more, both:')
  }
}

/** What to look at when a passphrase is not the right one. */
export function wrongPassphraseHint(environment: NodeJS.ProcessEnv): string {
  const name = [FILE_VARIABLE, VARIABLE].find((variable) => environment[variable])
  if (name === undefined)
    return 'It is the one that was chosen at flotilla init. Nothing was changed: try again.'
  return `${name} is set: check it, or the --passphrase-file that was given.`
}

async function givenPassphrase(file: string | undefined): Promise<string | undefined> {
  if (file !== undefined) return firstLine(file, '--passphrase-file')
  const named = process.env[FILE_VARIABLE]
  if (named) return firstLine(named, FILE_VARIABLE)
  return process.env[VARIABLE] || undefined
}

async function firstLine(file: string, source: string): Promise<string> {
  try {
    return await readSecret(file)
  } catch (error) {
    throw new UsageError('PASSPHRASE_FILE', `The passphrase file cannot be read: ${messageOf(error)}.`, {
      hint: `Look at the path behind ${source}, and whether this user may read it. The passphrase is its first line.`,
      layer: 'file',
      cause: error,
    })
  }
}

function checkLength(passphrase: string): string {
  if (passphrase.length >= MINIMUM) return passphrase
  throw new UsageError('PASSPHRASE_SHORT', TOO_SHORT, { hint: 'Give a longer one.' })
}

function missing(): UsageError {
  return new UsageError('PASSPHRASE_MISSING', 'The CA keys need their passphrase.', {
    hint: `Set ${VARIABLE} or ${FILE_VARIABLE}, or give --passphrase-file FILE.`,
  })
}
