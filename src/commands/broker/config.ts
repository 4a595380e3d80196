import { string } from '@oclif/core/flags'
import { brokerConfigText, otherBrokerText } from '../../lib/cli/broker-config-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { type BrokerConfigResult, configureBroker } from '../../lib/fleet/configure-broker.ts'

export default class BrokerConfig extends FleetCommand {
  static override summary = 'Write everything a mosquitto needs to serve this fleet.'
  static override description = [
    'Configuration, access rules, certificates, revocation lists and how to start it. The commands that block, revoke',
    'and reload find the folder again.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> broker config --to /etc/mosquitto/acme --user mosquitto',
    '<%= config.bin %> broker config --to ./broker --json',
  ]
  static override flags = {
    to: string({ description: 'The folder to write.', required: true, helpValue: 'DIR' }),
    user: string({ description: 'The system user that mosquitto runs as; else yours.', helpValue: 'NAME' }),
  }

  async run(): Promise<BrokerConfigResult> {
    const { flags } = await this.parse(BrokerConfig)
    await using fleet = await this.openFleet(flags)
    const result = await configureBroker(fleet, { folder: flags.to, user: flags.user })
    this.terminal.print(brokerConfigText(result, this.terminal.paint))
    const other = otherBrokerText(result, this.terminal.notePaint)
    if (other !== undefined) this.terminal.aside(other)
    this.suggest('flotilla serve --role ingest')
    return result
  }
}
