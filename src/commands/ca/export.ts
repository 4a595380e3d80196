import { string } from '@oclif/core/args'
import { boolean, string as stringFlag } from '@oclif/core/flags'
import { exportText } from '../../lib/cli/ca-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { type ExportResult, exportAuthority } from '../../lib/fleet/export-certificate.ts'
import type { AuthorityName } from '../../lib/pki/authority.ts'

export type CaExportResult = ExportResult

export default class CaExport extends FleetCommand {
  static override summary =
    'Write the certificate or the revocation list of a CA: what others need to trust it.'
  static override description =
    'root is what a device must trust; staff is what a listener for operators and services trusts. Keys are not exported.'
  static override examples = [
    '<%= config.bin %> ca export root --out root.pem',
    '<%= config.bin %> ca export devices --crl > devices.crl.pem',
  ]
  static override args = {
    ca: string({
      description: 'Which CA.',
      options: ['root', 'devices', 'servers', 'staff'] satisfies AuthorityName[],
      default: 'root',
    }),
  }
  static override flags = {
    out: stringFlag({
      char: 'o',
      description: 'File to write; - is standard output.',
      default: '-',
      helpValue: 'FILE',
    }),
    crl: boolean({ description: 'The revocation list instead of the certificate.' }),
  }

  async run(): Promise<CaExportResult> {
    const { args, flags } = await this.parse(CaExport)
    await using fleet = await this.openFleet(flags)
    const result = await exportAuthority(fleet.directory, {
      authority: args.ca as AuthorityName,
      what: flags.crl ? 'crl' : 'certificate',
      out: flags.out,
    })
    this.terminal.print(exportText(result, this.terminal.paint))
    return result
  }
}
