import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')
/** util-linux: runs a program in a terminal of its own. */
const SCRIPT = '/usr/bin/script'

const PATIENCE_MS = 30_000

export const hasTerminal = existsSync(SCRIPT)

/** A question, as it stands on the screen, and the keys that are typed then. */
export type Answer = readonly [question: string, keys: string]

export interface Screen {
  readonly code: number | null
  /** All that was ever shown. */
  readonly text: string
}

/** Runs the built program in a real terminal, where it may ask, and types each answer when its question is there. */
export async function typeAnswers(
  args: readonly string[],
  answers: readonly Answer[],
  env: Readonly<Record<string, string>> = {},
): Promise<Screen> {
  const words = [process.execPath, RUN, ...args].map((word) => `'${word}'`)
  // exec: a shell that stays above it is killed by its own Ctrl-C, and that is the status which `script` returns.
  const command = `exec ${words.join(' ')}`
  const { CI: _, NODE_ENV: __, VITEST: ___, ...rest } = process.env
  const child = spawn(SCRIPT, ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...rest, NO_COLOR: '1', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = [...answers]
  let text = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text = stripVTControlCharacters(text + chunk)
    const [question, keys] = waiting[0] ?? []
    if (question === undefined || keys === undefined) return
    const at = text.indexOf(question, seen)
    if (at === -1) return
    seen = at + question.length
    waiting.shift()
    child.stdin.write(keys)
  })
  const deadline = setTimeout(() => child.kill(), PATIENCE_MS) // the terminal goes, and with it what runs there
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(deadline)
  if (waiting.length > 0) throw new Error(`It never asked ${JSON.stringify(waiting[0]![0])}:\n${text}`)
  return { code, text }
}
