import { boolean } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { deviceListNote, deviceTable } from '../../lib/cli/device-text.ts'
import { limit } from '../../lib/cli/flags.ts'
import { keptName, selector } from '../../lib/cli/selector-argument.ts'
import { SCREENFUL } from '../../lib/cli/terminal.ts'
import { type DeviceListing, listDevices } from '../../lib/fleet/list-devices.ts'

export type DeviceListResult = DeviceListing

export default class DeviceList extends FleetCommand {
  static override summary = 'List devices: how far each has come, when it was last heard, its tags.'
  static override description = [
    'A selector joins ids (pump-*), tags (hall=B, fw below 2.4), what is known (state=blocked, silent 2h, seen within 1h,',
    'cert-ends below 30d) and sets (@night) by and, or, not and brackets; in quotes where the shell wants it. All of it:',
    'docs/reference/selectors.md.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> device list',
    '<%= config.bin %> device list hall=B and not fw below 2.4 --json',
    '<%= config.bin %> device list silent 2h --keep night',
  ]
  static override strict = false
  static override args = { selector: selector() }
  static override flags = {
    limit,
    retired: boolean({ description: 'Show retired devices too.' }),
    keep: keptName({ description: 'Keep the devices that are chosen now under this name: later @NAME.' }),
    replace: boolean({
      description: 'With --keep: in the place of a set of this name.',
      dependsOn: ['keep'],
    }),
  }

  async run(): Promise<DeviceListResult> {
    const { argv, flags } = await this.parse(DeviceList)
    await using fleet = await this.openFleet(flags)
    const limit = flags.limit ?? (this.terminal.isScreen ? SCREENFUL : undefined)
    const keep = flags.keep === undefined ? undefined : { name: flags.keep, replace: flags.replace ?? false }
    const request = { words: argv as string[], includeRetired: flags.retired, limit, keep }
    const listing = await listDevices(fleet, request)
    if (listing.devices.length > 0)
      this.terminal.print(deviceTable(listing.devices, this.terminal, Date.now()))
    const asked = { isSelected: argv.length > 0, isLimited: flags.limit !== undefined }
    this.terminal.aside(deviceListNote(listing, asked, this.terminal.notePaint))
    return listing
  }
}
