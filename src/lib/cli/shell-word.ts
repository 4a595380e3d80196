import { printable } from '../base/printable.ts'

/** An argument as a POSIX shell needs it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The same for a word from a device, in a command that is suggested; undefined: nobody could type it as it stands. */
export function typeableWord(word: string): string | undefined {
  return printable(word) === word && !word.startsWith('-') ? shellWord(word) : undefined
}
