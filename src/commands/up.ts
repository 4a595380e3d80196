import { FleetCommand } from '../lib/cli/command.ts'
import { showService } from '../lib/cli/service-view.ts'

export default class Up extends FleetCommand {
  static override summary = 'Run the whole fleet from here: broker and every service, over mutual TLS.'
  static override description = [
    'Ends with Ctrl-C, in good order. On a terminal it shows what is going on; elsewhere, and with --json, it prints',
    'a line of JSON (NDJSON) for each event. It asks for nothing and needs no CA key, so that it can start unattended.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --fleet /srv/acme --json >> /var/log/acme.ndjson',
  ]

  async run(): Promise<void> {
    const { flags } = await this.parse(Up)
    await using fleet = await this.openFleet(flags)
    const { runUp } = await import('../lib/service/up.ts')
    await showService(this.terminal, this.signal, (options) => runUp(fleet, options))
  }
}
