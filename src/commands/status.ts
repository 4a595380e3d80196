import { boolean } from '@oclif/core/flags'
import { ExitCode } from '../lib/base/errors.ts'
import { FleetCommand } from '../lib/cli/command.ts'
import { duration } from '../lib/cli/flags.ts'
import { statusLines } from '../lib/cli/status-text.ts'
import { watchStatus } from '../lib/cli/status-watch.ts'
import { type FleetStatus, fleetStatus } from '../lib/fleet/status.ts'

export type StatusResult = FleetStatus

export default class Status extends FleetCommand {
  static override summary = 'Say whether all is well: devices, services, messages, certificates.'
  static override description = [
    'A device is silent when nothing came of it for five of its own usual intervals, and two minutes at least. Uses no',
    'network: it reads what services note. Exit code 5 when something is not well; each such line ends in the command',
    'that helps. With --watch it is shown anew until Ctrl-C; elsewhere than on a terminal, and with --json, as a line of',
    'JSON (NDJSON) each time.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --watch --every 5s',
    '<%= config.bin %> status --json',
  ]
  static override flags = {
    watch: boolean({ char: 'w', description: 'Go on until Ctrl-C.' }),
    every: duration({
      description: 'With --watch: how often.',
      default: 2000,
      defaultHelp: async () => '2s',
    }),
  }

  async run(): Promise<StatusResult | undefined> {
    const { flags } = await this.parse(Status)
    await using fleet = await this.openFleet(flags)
    const look = () => fleetStatus(fleet, Date.now())
    if (flags.watch) {
      await watchStatus(look, { every: flags.every, terminal: this.terminal, signal: this.signal })
      return undefined
    }
    const status = await look()
    this.terminal.print(statusLines(status, this.terminal).join('\n'))
    if (!status.well) process.exitCode = ExitCode.difference
    return status
  }
}
