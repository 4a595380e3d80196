import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'

/** A file whole; `-` is standard input, whatever it is connected to and on every system (`/dev/stdin` is neither). */
export function readInput(file: string): Promise<Buffer> {
  return file === '-' ? buffer(process.stdin) : readFile(file)
}

/** A secret is the first line of its file. */
export async function readSecret(file: string): Promise<string> {
  const text = await readInput(file)
  return text.toString('utf8').split(/\r?\n/, 1)[0]!
}
