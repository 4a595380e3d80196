import { string } from '@oclif/core/args'
import { boolean, string as stringFlag } from '@oclif/core/flags'
import { issueText, nextAfterIssue } from '../../lib/cli/certificate-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { passphraseFile } from '../../lib/cli/flags.ts'
import { caPassphrase } from '../../lib/cli/passphrase.ts'
import type { IssueResult } from '../../lib/fleet/issue-certificate.ts'

export type CertIssueResult = IssueResult

export default class CertIssue extends FleetCommand {
  static override summary = 'Issue a credential for an operator, a service or the broker.'
  static override description =
    'It lies in credentials/NAME. One that is good is kept, unless --force is given. Devices: device provision.'
  static override examples = [
    '<%= config.bin %> cert issue op.alice',
    '<%= config.bin %> cert issue server --force',
    '<%= config.bin %> cert issue server --host 10.7.2.40 --force',
  ]
  static override args = {
    name: string({ description: 'op.NAME, svc.NAME or server.', required: true }),
  }
  static override flags = {
    host: stringFlag({
      description:
        'One more name or address of the server, beside broker.hosts of fleet.yaml; may be given many times.',
      helpValue: 'HOST',
      multiple: true,
      multipleNonGreedy: true,
    }),
    force: boolean({ description: 'Replace a credential that is good.' }),
    'passphrase-file': passphraseFile,
  }

  async run(): Promise<CertIssueResult> {
    const { args, flags } = await this.parse(CertIssue)
    await using fleet = await this.openFleet(flags)
    const { issueCertificate } = await import('../../lib/fleet/issue-certificate.ts')
    const result = await issueCertificate(fleet, {
      name: args.name,
      hosts: flags.host ?? [],
      force: flags.force,
      passphrase: caPassphrase({ file: flags['passphrase-file'], terminal: this.terminal }),
    })
    this.terminal.print(issueText(result, this.terminal.paint, Date.now()))
    this.suggest(nextAfterIssue(result))
    return result
  }
}
