import { FleetCommand } from '../../lib/cli/command.ts'
import { deviceDetails, nextAfterShow } from '../../lib/cli/device-text.ts'
import { someDevices } from '../../lib/cli/selector-argument.ts'
import { type DeviceDetails, showDevice } from '../../lib/fleet/show-device.ts'

export type DeviceShowResult = DeviceDetails

export default class DeviceShow extends FleetCommand {
  static override summary = 'Show one device: life, tags, certificates, latest values, refused connections.'
  static override examples = [
    '<%= config.bin %> device show pump-0001',
    '<%= config.bin %> device show pump-0001 --json',
  ]
  static override strict = false
  static override args = { device: someDevices() }

  async run(): Promise<DeviceShowResult> {
    const { argv, flags } = await this.parse(DeviceShow)
    await using fleet = await this.openFleet(flags)
    const now = Date.now()
    const details = await showDevice(fleet, argv as string[], now)
    this.terminal.print(deviceDetails(details, this.terminal, now))
    this.suggest(nextAfterShow(details))
    return details
  }
}
