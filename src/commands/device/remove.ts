import { idList } from '../../lib/cli/bar-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { maxAffected, passphraseFile, yes } from '../../lib/cli/flags.ts'
import { caPassphrase } from '../../lib/cli/passphrase.ts'
import { removeText } from '../../lib/cli/remove-text.ts'
import { someDevices } from '../../lib/cli/selector-argument.ts'
import type { RemoveResult } from '../../lib/fleet/remove-devices.ts'

export type DeviceRemoveResult = RemoveResult

export default class DeviceRemove extends FleetCommand {
  static override summary =
    'Retire devices for good: certificates revoked, sessions ended, ids not used again.'
  static override description =
    'It cannot be undone; block can. What the devices have reported stays. Revoking needs the key of the issuing CA.'
  static override examples = [
    '<%= config.bin %> device remove pump-0003',
    '<%= config.bin %> device remove hall=B and line=3 --yes --passphrase-file ca.pass --json',
  ]
  static override strict = false
  static override args = { selector: someDevices() }
  static override flags = { yes, 'max-affected': maxAffected, 'passphrase-file': passphraseFile }

  async run(): Promise<DeviceRemoveResult> {
    const { argv, flags } = await this.parse(DeviceRemove)
    await using fleet = await this.openFleet(flags)
    const { removeDevices } = await import('../../lib/fleet/remove-devices.ts')
    const result = await removeDevices(fleet, {
      words: argv as string[],
      maxAffected: flags['max-affected'],
      passphrase: caPassphrase({ file: flags['passphrase-file'], terminal: this.terminal }),
      confirm: (ids) => this.confirm(`Remove ${idList(ids)} from fleet ${fleet.name} for good?`, flags),
    })
    this.terminal.print(removeText(result, this.terminal.paint))
    this.suggest('flotilla device list --retired')
    return result
  }
}
