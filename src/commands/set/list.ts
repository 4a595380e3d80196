import { FleetCommand } from '../../lib/cli/command.ts'
import { setListNote, setTable } from '../../lib/cli/set-text.ts'
import { listSets, type SetListing } from '../../lib/fleet/set-view.ts'

export type SetListResult = SetListing

export default class SetList extends FleetCommand {
  static override summary =
    'List the sets of devices that are kept: how many each names, and what chose them.'
  static override description =
    'A set is made by device list SELECTOR --keep NAME. Later @NAME chooses its devices, whatever became of them.'
  static override examples = ['<%= config.bin %> set list', '<%= config.bin %> set list --json']

  async run(): Promise<SetListResult> {
    const { flags } = await this.parse(SetList)
    await using fleet = await this.openFleet(flags)
    const listing = await listSets(fleet)
    const { terminal } = this
    if (listing.sets.length > 0) terminal.print(setTable(listing.sets, terminal, Date.now()))
    terminal.aside(setListNote(listing, terminal.notePaint))
    return listing
  }
}
