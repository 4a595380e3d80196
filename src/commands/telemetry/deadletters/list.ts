import { integer } from '@oclif/core/flags'
import { FleetCommand } from '../../../lib/cli/command.ts'
import { deadLetterNote, deadLetterTable } from '../../../lib/cli/dead-letter-text.ts'
import { letterDevice, letterReason } from '../../../lib/cli/flags.ts'
import { type DeadLetterListing, listDeadLetters } from '../../../lib/fleet/dead-letters.ts'

export type DeadLettersListResult = DeadLetterListing

export default class DeadLettersList extends FleetCommand {
  static override summary = 'List messages that could not be stored: why, since when, how they begin.'
  static override description =
    'They were acknowledged to their devices and are kept as they came, bounded: the oldest go first.'
  static override examples = [
    '<%= config.bin %> telemetry deadletters list --reason clock',
    '<%= config.bin %> telemetry deadletters list --device pump-0117 --limit 5 --json',
  ]
  static override flags = {
    device: letterDevice,
    reason: letterReason,
    limit: integer({ description: 'At most this many, the latest.', min: 1, default: 50, helpValue: 'N' }),
  }

  async run(): Promise<DeadLettersListResult> {
    const { flags } = await this.parse(DeadLettersList)
    await using fleet = await this.openFleet(flags)
    const { device, reason, limit } = flags
    const listing = await listDeadLetters(await fleet.state(), { device, reason, limit })
    const { terminal } = this
    if (listing.letters.length > 0) terminal.print(deadLetterTable(listing.letters, terminal, Date.now()))
    const isChosen = device !== undefined || reason !== undefined
    terminal.aside(deadLetterNote(listing, isChosen, terminal.notePaint))
    return listing
  }
}
