import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

/** How to start this very program again, and how a person types it here. */
export interface Program {
  readonly file: string
  /** `flotilla`, or the path of the launcher that works on this machine. */
  readonly typed: string
}

export function thisProgram(packageRoot: string, argv1: string = process.argv[1] ?? ''): Program {
  const file = path.join(packageRoot, 'bin', 'run.js')
  if (path.basename(argv1) === 'flotilla' || process.env['npm_config_global'])
    return { file, typed: 'flotilla' }
  const launcher = path.join(packageRoot, 'bin', process.platform === 'win32' ? 'flotilla.cmd' : 'flotilla')
  if (!existsSync(launcher)) return { file, typed: 'flotilla' }
  const relative = path.relative('', launcher)
  return { file, typed: relative.startsWith(`..${path.sep}..`) ? launcher : relative }
}

/** An argument as a POSIX shell needs it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Where a child's stdout goes: `inherit` ours, `stderr` beside it, `pipe` to be read (its stderr too). */
export interface ChildOptions {
  readonly stdio: 'inherit' | 'stderr' | 'pipe'
}

export function startChild(program: Program, args: readonly string[], { stdio }: ChildOptions): ChildProcess {
  const stdout = stdio === 'stderr' ? 2 : stdio
  return spawn(process.execPath, [program.file, ...args], {
    stdio: ['ignore', stdout, stdio === 'pipe' ? 'pipe' : 'inherit'],
  })
}
