import { string } from '@oclif/core/args'
import { boolean } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { passphraseFile } from '../../lib/cli/flags.ts'
import { caPassphrase } from '../../lib/cli/passphrase.ts'
import { crlText } from '../../lib/cli/revoke-text.ts'
import type { RenewedCrl } from '../../lib/fleet/renew-crl.ts'
import type { AuthorityName } from '../../lib/pki/authority.ts'

export type CertCrlResult = RenewedCrl

export default class CertCrl extends FleetCommand {
  static override summary = 'Sign the revocation list of a CA anew from the registry, and tell the broker.'
  static override description =
    'Commands that revoke do it themselves. Use it after a restore. Who is on the list already stays on it.'
  static override examples = ['<%= config.bin %> cert crl', '<%= config.bin %> cert crl staff --force --json']
  static override args = {
    ca: string({
      description: 'Which CA.',
      options: ['devices', 'servers', 'staff', 'root'],
      default: 'devices',
    }),
  }
  static override flags = {
    'passphrase-file': passphraseFile,
    force: boolean({
      description:
        'Go by the registry alone where the list itself is damaged: who stood only there comes in again.',
    }),
  }

  async run(): Promise<CertCrlResult> {
    const { args, flags } = await this.parse(CertCrl)
    await using fleet = await this.openFleet(flags)
    const { renewCrl } = await import('../../lib/fleet/renew-crl.ts')
    const passphrase = caPassphrase({ file: flags['passphrase-file'], terminal: this.terminal })
    const result = await renewCrl(fleet, args.ca as AuthorityName, { passphrase, force: flags.force })
    this.terminal.print(crlText(result, Date.now()))
    this.suggest(`flotilla ca export ${result.authority} --crl`)
    return result
  }
}
