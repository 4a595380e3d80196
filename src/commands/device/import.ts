import { string } from '@oclif/core/args'
import { FleetCommand } from '../../lib/cli/command.ts'
import { maxAffected, parseTags, tags } from '../../lib/cli/flags.ts'
import { importText } from '../../lib/cli/refused-text.ts'
import { type ImportResult, importDevices } from '../../lib/fleet/import-devices.ts'

export type DeviceImportResult = ImportResult

export default class DeviceImport extends FleetCommand {
  static override summary =
    'Register devices that came in by a certificate of this fleet, but are unknown here.'
  static override description =
    'After a restore, or when another station has issued them. Who they are: broker refused. Else: device block.'
  static override examples = [
    '<%= config.bin %> device import pump-0117 --tag hall=B',
    '<%= config.bin %> device import pump-0117 pump-0118 --json',
  ]
  static override strict = false
  static override args = { device: string({ description: 'Their ids.', required: true }) }
  static override flags = { tag: tags, 'max-affected': maxAffected }

  async run(): Promise<DeviceImportResult> {
    const { argv, flags } = await this.parse(DeviceImport)
    await using fleet = await this.openFleet(flags)
    const request = { ids: argv as string[], tags: parseTags(flags.tag), maxAffected: flags['max-affected'] }
    const result = await importDevices(fleet, request)
    this.terminal.print(importText(result, this.terminal.paint))
    this.suggest(`flotilla device show ${result.devices[0]}`)
    return result
  }
}
