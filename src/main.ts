import type { Interfaces } from '@oclif/core'
import { run } from '@oclif/core/run'
import { settings } from '@oclif/core/settings'

/** Runs the program: the one place where a failure becomes text, JSON and an exit code. */
export async function main(options: Partial<Interfaces.Options> = {}): Promise<void> {
  settings.enableAutoTranspile = false
  quietOnClosedPipe()
  const argv = process.argv.slice(2)
  try {
    await run(argv, { root: import.meta.dirname, ...options, devPlugins: false, userPlugins: false })
  } catch (error) {
    if (isPlainExit(error)) {
      process.exitCode = error.oclif.exit
      return
    }
    const { showFailure } = await import('./lib/cli/show-failure.ts') // what only a failure needs, only a failure loads
    process.exitCode = showFailure(error, { json: wantsJson(argv) })
  }
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** `flotilla … | head` ends quietly: oclif would swallow the error and run on. */
function quietOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** `--help` and `--version` end by an exit that is no failure. */
function isPlainExit(error: unknown): error is Error & { oclif: { exit: number } } {
  return error instanceof Error && 'code' in error && error.code === 'EEXIT' && 'oclif' in error
}

// bin/dev.js imports and calls with its own options; the built program runs at once.
if (!import.meta.url.endsWith('.ts')) await main({ root: new URL('..', import.meta.url).pathname })
