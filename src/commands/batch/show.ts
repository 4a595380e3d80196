import { string } from '@oclif/core/args'
import { batchDetails, nextAfterBatch } from '../../lib/cli/batch-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { type BatchView, showBatch } from '../../lib/fleet/batch-view.ts'

export type BatchShowResult = BatchView

export default class BatchShow extends FleetCommand {
  static override summary = 'Show a batch: what it is about, how far it has come and what failed.'
  static override examples = [
    '<%= config.bin %> batch show lot-4711',
    '<%= config.bin %> batch show lot-4711 --json',
  ]
  static override args = { name: string({ description: 'The name that --batch gave it.', required: true }) }

  async run(): Promise<BatchShowResult> {
    const { args, flags } = await this.parse(BatchShow)
    await using fleet = await this.openFleet(flags)
    const batch = await showBatch(await fleet.registry(), args.name)
    const { terminal } = this
    terminal.print(batchDetails(batch, terminal, Date.now()))
    this.suggest(nextAfterBatch(batch))
    return batch
  }
}
