import type { Hook } from '@oclif/core/hooks'
import { UsageError } from '../lib/base/errors.ts'
import { nearest } from '../lib/base/nearest.ts'

/** An unknown command names the ones that look like it. */
const hook: Hook.CommandNotFound = async ({ id, config }) => {
  const typed = id.replaceAll(':', ' ')
  const close = nearest(
    typed,
    config.commands.map((command) => command.id.replaceAll(':', ' ')),
  )
  throw new UsageError('COMMAND_UNKNOWN', `There is no command "${typed}".`, {
    hint: close === undefined ? 'flotilla --help lists them.' : `Did you mean: flotilla ${close}`,
  })
}

export default hook
