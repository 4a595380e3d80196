import { batchListNote, batchTable } from '../../lib/cli/batch-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { limit } from '../../lib/cli/flags.ts'
import { type BatchListing, listBatches } from '../../lib/fleet/batch-view.ts'

export type BatchListResult = BatchListing

export default class BatchList extends FleetCommand {
  static override summary = 'List the batches, the youngest first: how far each has come.'
  static override examples = ['<%= config.bin %> batch list', '<%= config.bin %> batch list --limit 5 --json']
  static override flags = { limit }

  async run(): Promise<BatchListResult> {
    const { flags } = await this.parse(BatchList)
    await using fleet = await this.openFleet(flags)
    const listing = await listBatches(await fleet.registry(), flags.limit)
    const { terminal } = this
    if (listing.batches.length > 0) terminal.print(batchTable(listing.batches, terminal, Date.now()))
    terminal.aside(batchListNote(listing.batches, terminal.notePaint))
    return listing
  }
}
