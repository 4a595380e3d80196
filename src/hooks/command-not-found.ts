import type { Hook } from '@oclif/core/hooks'
import { unknownCommand } from '../lib/cli/unknown-command.ts'

/** An unknown command names the one that looks like it. */
const hook: Hook.CommandNotFound = async ({ id, config }) => {
  const commands = config.commands.map((command) => command.id.replaceAll(':', ' '))
  throw unknownCommand(id.split(':'), commands)
}

export default hook
