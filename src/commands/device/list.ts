import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { deviceTable } from '../../lib/cli/device-text.ts'
import { limit } from '../../lib/cli/flags.ts'
import { type DeviceView, deviceView } from '../../lib/fleet/device-view.ts'
import { selectDevices } from '../../lib/fleet/select-devices.ts'

export interface DeviceListResult {
  readonly devices: readonly DeviceView[]
}

export default class DeviceList extends FleetCommand {
  static override summary = 'List devices: how far each has come, when it was last heard, its tags.'
  static override examples = [
    '<%= config.bin %> device list',
    '<%= config.bin %> device list hall=B and line=3 --json',
  ]
  static override strict = false
  static override args = { selector: string({ description: 'Ids or key=value, joined by "and"; else all.' }) }
  static override flags = {
    limit,
    retired: boolean({ description: 'Show retired devices too.' }),
  }

  async run(): Promise<DeviceListResult> {
    const { argv, flags } = await this.parse(DeviceList)
    await using fleet = await this.openFleet(flags)
    const options = { includeRetired: flags.retired, limit: flags.limit }
    const devices = await selectDevices(await fleet.registry(), argv as string[], options)
    this.terminal.print(deviceTable(devices, this.terminal))
    return { devices: devices.map(deviceView) }
  }
}
