import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

/** How to start this very program again, and how a person gets it into a terminal here. */
export interface Program {
  readonly file: string
  /** The line that puts it on the PATH, where it is not, and names the fleet. */
  settings(fleet: string): string
}

export function thisProgram(packageRoot: string, searchPath = process.env['PATH'] ?? ''): Program {
  const folder = path.join(packageRoot, 'bin')
  const launcher = path.join(folder, 'flotilla')
  const installed = !existsSync(launcher) || searchPath.split(path.delimiter).some((entry) => holds(entry))
  return {
    file: path.join(folder, 'run.js'),
    settings: (fleet) => {
      const onPath = installed ? '' : ` PATH="${pathToType(folder)}:$PATH"`
      return `export FLOTILLA_FLEET="$PWD/${fleet}"${onPath}`
    },
  }
}

const holds = (folder: string) => existsSync(path.join(folder, 'flotilla'))

/** Short from inside of the clone, right from everywhere. */
function pathToType(folder: string): string {
  const relative = path.relative('', folder)
  return relative.startsWith('..') ? folder : `$PWD/${relative}`
}

/** Where a child's stdout goes: `inherit` ours, `stderr` beside it, `pipe` to be read (its stderr too). */
export interface ChildOptions {
  readonly stdio: 'inherit' | 'stderr' | 'pipe'
  readonly fleet: string
}

export function startChild(
  program: Program,
  args: readonly string[],
  { stdio, fleet }: ChildOptions,
): ChildProcess {
  const stdout = stdio === 'stderr' ? 2 : stdio
  return spawn(process.execPath, [program.file, ...args], {
    stdio: ['ignore', stdout, stdio === 'pipe' ? 'pipe' : 'inherit'],
    env: { ...process.env, FLOTILLA_FLEET: fleet },
  })
}
