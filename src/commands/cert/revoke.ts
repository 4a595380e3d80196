import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { maxAffected, passphraseFile, yes } from '../../lib/cli/flags.ts'
import { caPassphrase } from '../../lib/cli/passphrase.ts'
import { certificateList, nextAfterRevoke, revokeText } from '../../lib/cli/revoke-text.ts'
import type { RevokeResult } from '../../lib/fleet/revoke-certificates.ts'

export type CertRevokeResult = RevokeResult

export default class CertRevoke extends FleetCommand {
  static override summary = 'Revoke certificates for good: refused by the broker, live sessions ended.'
  static override description = [
    'It cannot be undone; device block can. A name means every certificate of its holder, a serial means one. Needs the',
    'key of the CA that has issued it. Typed again, the same line completes what was interrupted.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> cert revoke op.alice --reason keyCompromise',
    '<%= config.bin %> cert revoke pump-0003 --yes --passphrase-file ca.pass --json',
  ]
  static override strict = false
  static override args = {
    certificate: string({ description: 'Serials, devices, op.NAME or svc.NAME.', required: true }),
  }
  static override flags = {
    reason: option({
      description: 'Why, as it stands on the revocation list.',
      options: ['unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation'] as const,
      default: 'unspecified',
    })(),
    yes,
    'max-affected': maxAffected,
    'passphrase-file': passphraseFile,
  }

  async run(): Promise<CertRevokeResult> {
    const { argv, flags } = await this.parse(CertRevoke)
    await using fleet = await this.openFleet(flags)
    const { revokeCertificates } = await import('../../lib/fleet/revoke-certificates.ts')
    const result = await revokeCertificates(fleet, {
      named: argv as string[],
      reason: flags.reason,
      maxAffected: flags['max-affected'],
      passphrase: caPassphrase({ file: flags['passphrase-file'], terminal: this.terminal }),
      confirm: (all) =>
        this.confirm(`Revoke ${certificateList(all)} in fleet ${fleet.name} for good?`, flags),
    })
    this.terminal.print(revokeText(result, this.terminal.paint, Date.now()))
    this.suggest(nextAfterRevoke(result))
    return result
  }
}
