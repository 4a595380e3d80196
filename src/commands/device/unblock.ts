import { barText, nextAfterBar } from '../../lib/cli/bar-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { maxAffected } from '../../lib/cli/flags.ts'
import { someDevices } from '../../lib/cli/selector-argument.ts'
import { type BarResult, barDevices } from '../../lib/fleet/bar-devices.ts'

export type DeviceUnblockResult = BarResult

export default class DeviceUnblock extends FleetCommand {
  static override summary = 'Let blocked devices in again.'
  static override description = 'Undoes block. A device that was removed stays out.'
  static override examples = [
    '<%= config.bin %> device unblock pump-0003',
    '<%= config.bin %> device unblock hall=B and line=3 --json',
  ]
  static override strict = false
  static override args = { selector: someDevices() }
  static override flags = { 'max-affected': maxAffected }

  async run(): Promise<DeviceUnblockResult> {
    const { argv, flags } = await this.parse(DeviceUnblock)
    await using fleet = await this.openFleet(flags)
    const request = { words: argv as string[], maxAffected: flags['max-affected'] }
    const result = await barDevices(fleet, false, request)
    this.terminal.print(barText(result, 'unblocked', this.terminal.paint))
    this.suggest(nextAfterBar(result))
    return result
  }
}
