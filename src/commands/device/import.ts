import { string } from '@oclif/core/args'
import { string as stringFlag } from '@oclif/core/flags'
import { UsageError } from '../../lib/base/errors.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { maxAffected, parseTags, tags } from '../../lib/cli/flags.ts'
import { importText, nextAfterImport, withoutCertificateText } from '../../lib/cli/import-text.ts'
import type { ImportResult } from '../../lib/fleet/import-devices.ts'

export type DeviceImportResult = ImportResult

export default class DeviceImport extends FleetCommand {
  static override summary =
    'Register devices that came in by a certificate of this fleet, but are unknown here.'
  static override description =
    'After a restore, or when another station has issued them. Who was seen: broker refused. By its certificate a device is registered unseen, and can be revoked.'
  static override examples = [
    '<%= config.bin %> device import pump-0117 --tag hall=B',
    '<%= config.bin %> device import --cert pump-0117.pem --cert pump-0118.pem --json',
  ]
  static override strict = false
  static override args = { device: string({ description: 'Ids of those who were seen.' }) }
  static override flags = {
    cert: stringFlag({
      description: 'A certificate, - for standard input; may be given many times.',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    tag: tags,
    'max-affected': maxAffected,
  }

  async run(): Promise<DeviceImportResult> {
    const { argv, flags } = await this.parse(DeviceImport)
    await using fleet = await this.openFleet(flags)
    const { tag, cert: certificates = [], 'max-affected': maxAffected } = flags
    const ids = argv as string[]
    if (ids.length + certificates.length === 0) throw nobodyNamed()
    const { importDevices } = await import('../../lib/fleet/import-devices.ts')
    const result = await importDevices(fleet, { ids, certificates, tags: parseTags(tag), maxAffected })
    this.terminal.print(importText(result, this.terminal.paint))
    const without = withoutCertificateText(result)
    if (without !== undefined) this.terminal.aside(without)
    this.suggest(nextAfterImport(result))
    return result
  }
}

function nobodyNamed(): UsageError {
  return new UsageError('USAGE', 'DEVICE or --cert is missing after flotilla device import.', {
    hint: 'Those who were seen: flotilla broker refused',
  })
}
