import { string } from '@oclif/core/args'
import { integer } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { refusedNote, refusedTable } from '../../lib/cli/refused-text.ts'
import { listRefused, type RefusedListing } from '../../lib/fleet/refused.ts'

export type BrokerRefusedResult = RefusedListing

export default class BrokerRefused extends FleetCommand {
  static override summary = 'Show who was turned away by the broker: why, since when, how often, what to do.'
  static override description = [
    'Counted by name, reason and address. Also shows who came in by a certificate that the registry does not know.',
    'What mosquitto refuses is read from its log, which says less.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> broker refused',
    '<%= config.bin %> broker refused hall=B --json',
    '<%= config.bin %> broker refused 10.7.2.117',
  ]
  static override strict = false
  static override args = {
    selector: string({
      description: 'A selector (see device list), or one name or address; else all.',
    }),
  }
  static override flags = {
    limit: integer({ description: 'At most this many, the latest.', min: 1, default: 50, helpValue: 'N' }),
  }

  async run(): Promise<BrokerRefusedResult> {
    const { argv, flags } = await this.parse(BrokerRefused)
    await using fleet = await this.openFleet(flags)
    const now = Date.now()
    const listing = await listRefused(fleet, { words: argv as string[], limit: flags.limit }, now)
    const { terminal } = this
    if (listing.refused.length > 0) terminal.print(refusedTable(listing.refused, terminal, now))
    terminal.aside(refusedNote(listing, terminal.notePaint))
    return listing
  }
}
