import { string } from '@oclif/core/args'
import { integer } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { nextAfterTag, tagText } from '../../lib/cli/tag-text.ts'
import { type TagResult, tagDevices } from '../../lib/fleet/tag-devices.ts'

export type DeviceTagResult = TagResult

export default class DeviceTag extends FleetCommand {
  static override summary = 'Set and take away tags: key=value sets, key= takes away.'
  static override examples = [
    '<%= config.bin %> device tag pump-0001 hall=B line=3',
    '<%= config.bin %> device tag pump-0001,pump-0002 hall=',
    '<%= config.bin %> device tag "hall=B and fw below 2.4" wave=1',
  ]
  static override strict = false
  static override args = {
    devices: string({
      description: 'Devices as one word: p1,p2 or hall=A or @set or "silent and hall=A" in quotes.',
      required: true,
    }),
    tags: string({ description: 'key=value, as many as wanted.', required: true }),
  }
  static override flags = {
    'max-affected': integer({
      description: 'Refuse to change more devices than this.',
      default: 100,
      min: 1,
    }),
  }

  async run(): Promise<DeviceTagResult> {
    const { argv, flags } = await this.parse(DeviceTag)
    const [devices, ...tags] = argv as string[]
    await using fleet = await this.openFleet(flags)
    const result = await tagDevices(fleet, { words: [devices!], tags, maxAffected: flags['max-affected'] })
    this.terminal.print(tagText(result, this.terminal.paint))
    this.suggest(nextAfterTag(result))
    return result
  }
}
