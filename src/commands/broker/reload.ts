import { FleetCommand } from '../../lib/cli/command.ts'
import { brokerToldText } from '../../lib/cli/reload-text.ts'
import { type ReloadResult, reloadBroker } from '../../lib/fleet/reload-broker.ts'

export type BrokerReloadResult = ReloadResult

export default class BrokerReload extends FleetCommand {
  static override summary = 'Tell the broker who may come in now: blocked devices, revoked certificates.'
  static override description =
    'Commands that change this tell the broker themselves. Use it when one could not, or after a restore.'
  static override examples = ['<%= config.bin %> broker reload', '<%= config.bin %> broker reload --json']

  async run(): Promise<BrokerReloadResult> {
    const { flags } = await this.parse(BrokerReload)
    await using fleet = await this.openFleet(flags)
    const result = await reloadBroker(fleet)
    this.terminal.print(`${result.barred} barred. ${brokerToldText(result)}`)
    return result
  }
}
