import { string } from '@oclif/core/args'
import { FleetCommand } from '../../lib/cli/command.ts'
import { yes } from '../../lib/cli/flags.ts'
import { removedSetText, removeSetQuestion } from '../../lib/cli/set-text.ts'
import type { RemovedSet } from '../../lib/fleet/remove-set.ts'

export type SetRemoveResult = RemovedSet

export default class SetRemove extends FleetCommand {
  static override summary = 'Remove a set of devices that was kept. Nothing happens to the devices.'
  static override description =
    'Says how many devices it named and how it is kept again; with --json the ids of all of them are in the result.'
  static override examples = [
    '<%= config.bin %> set remove @night',
    '<%= config.bin %> set remove night --yes --json',
  ]
  static override args = { name: string({ description: 'Its name, with or without @.', required: true }) }
  static override flags = { yes }

  async run(): Promise<SetRemoveResult> {
    const { args, flags } = await this.parse(SetRemove)
    await using fleet = await this.openFleet(flags)
    const { removeSet } = await import('../../lib/fleet/remove-set.ts')
    const removed = await removeSet(fleet, args.name, (set) =>
      this.confirm(removeSetQuestion(set, fleet.name), flags),
    )
    this.terminal.print(removedSetText(removed, this.terminal.paint))
    this.suggest('flotilla set list')
    return removed
  }
}
