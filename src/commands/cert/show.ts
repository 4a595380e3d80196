import { string } from '@oclif/core/args'
import { certificateDetails, nextAfterCertificate } from '../../lib/cli/certificate-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import type { CertificateDetails } from '../../lib/fleet/show-certificate.ts'

export type CertShowResult = CertificateDetails

export default class CertShow extends FleetCommand {
  static override summary =
    'Show one certificate: what it says, where it lies, what the registry knows of it.'
  static override examples = [
    '<%= config.bin %> cert show op.alice',
    '<%= config.bin %> cert show board.pem --json',
  ]
  static override args = {
    certificate: string({
      description: 'A credential (op.alice, server), a device, a serial, a file, or - for standard input.',
      required: true,
    }),
  }

  async run(): Promise<CertShowResult> {
    const { args, flags } = await this.parse(CertShow)
    await using fleet = await this.openFleet(flags)
    const { showCertificate } = await import('../../lib/fleet/show-certificate.ts')
    const details = await showCertificate(fleet, args.certificate)
    this.terminal.print(certificateDetails(details, this.terminal, Date.now()))
    this.suggest(nextAfterCertificate(details, args.certificate))
    return details
  }
}
