import { barText, nextAfterBar } from '../../lib/cli/bar-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { maxAffected } from '../../lib/cli/flags.ts'
import { someDevices } from '../../lib/cli/selector-argument.ts'
import { type BarResult, barDevices } from '../../lib/fleet/bar-devices.ts'

export type DeviceBlockResult = BarResult

export default class DeviceBlock extends FleetCommand {
  static override summary = 'Keep devices out: at once, both ways, without a CA key.'
  static override description =
    'Ends their live sessions and refuses them from then on. Their certificates stay good: unblock lets them in again.'
  static override examples = [
    '<%= config.bin %> device block pump-0003',
    '<%= config.bin %> device block hall=B and line=3 --json',
    '<%= config.bin %> device block @night --max-affected 500',
  ]
  static override strict = false
  static override args = { selector: someDevices() }
  static override flags = { 'max-affected': maxAffected }

  async run(): Promise<DeviceBlockResult> {
    const { argv, flags } = await this.parse(DeviceBlock)
    await using fleet = await this.openFleet(flags)
    const request = { words: argv as string[], maxAffected: flags['max-affected'] }
    const result = await barDevices(fleet, true, request)
    this.terminal.print(barText(result, 'blocked', this.terminal.paint))
    this.suggest(nextAfterBar(result))
    return result
  }
}
