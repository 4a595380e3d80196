import { string } from '@oclif/core/args'
import { FleetCommand } from '../../lib/cli/command.ts'
import { deviceDetails, nextAfterShow } from '../../lib/cli/device-text.ts'
import { type DeviceDetails, showDevice } from '../../lib/fleet/show-device.ts'

export type DeviceShowResult = DeviceDetails

export default class DeviceShow extends FleetCommand {
  static override summary = 'Show one device: life, tags, certificates, latest values, refused connections.'
  static override examples = [
    '<%= config.bin %> device show pump-0001',
    '<%= config.bin %> device show pump-0001 --json',
  ]
  static override args = { device: string({ description: 'Id of the device.', required: true }) }

  async run(): Promise<DeviceShowResult> {
    const { args, flags } = await this.parse(DeviceShow)
    await using fleet = await this.openFleet(flags)
    const now = Date.now()
    const details = await showDevice(fleet, args.device, now)
    this.terminal.print(deviceDetails(details, this.terminal, now))
    this.suggest(nextAfterShow(details))
    return details
  }
}
