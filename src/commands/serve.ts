import { option } from '@oclif/core/flags'
import { FleetCommand } from '../lib/cli/command.ts'
import { showService } from '../lib/cli/service-view.ts'
import { ROLES } from '../lib/service/roles.ts'

export default class Serve extends FleetCommand {
  static override summary = 'Run services against a broker that runs elsewhere.'
  static override description = [
    'The ingest role stores what devices report. A message is acknowledged to the broker only once it is stored, and a',
    'role runs once in a fleet directory. Prints a line of JSON (NDJSON) for each event, but on a terminal.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> serve --role ingest',
    '<%= config.bin %> serve --role ingest --fleet /srv/acme --json',
  ]
  static override flags = {
    role: option({
      description: 'Which role.',
      options: ROLES,
      multiple: true,
      multipleNonGreedy: true,
      default: [...ROLES],
    })(),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve)
    await using fleet = await this.openFleet(flags)
    const { runServe } = await import('../lib/service/serve.ts')
    await showService(this.terminal, this.signal, (options) => runServe(fleet, options))
  }
}
