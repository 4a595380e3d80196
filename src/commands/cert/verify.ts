import { string } from '@oclif/core/args'
import { option } from '@oclif/core/flags'
import { verificationText } from '../../lib/cli/certificate-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import type { CertificateVerification } from '../../lib/fleet/verify-certificate.ts'

export type CertVerifyResult = CertificateVerification

export default class CertVerify extends FleetCommand {
  static override summary = 'Verify a certificate by the CAs and revocation lists of the fleet.'
  static override description = 'Each check answers for itself. Ends with exit 9 when one fails.'
  static override examples = [
    '<%= config.bin %> cert verify pump-0001',
    '<%= config.bin %> cert verify board.pem --as client --json',
  ]
  static override args = {
    certificate: string({
      description: 'A credential (op.alice, server), a device, a file, or - for standard input.',
      required: true,
    }),
  }
  static override flags = {
    as: option({
      description: 'What it is to be good for; else what the CA that signed it certifies.',
      options: ['client', 'server'] as const,
    })(),
  }

  async run(): Promise<CertVerifyResult> {
    const { args, flags } = await this.parse(CertVerify)
    await using fleet = await this.openFleet(flags)
    const { refuseBad, verifyByFleet } = await import('../../lib/fleet/verify-certificate.ts')
    const purpose = flags.as && (`${flags.as}Auth` as const)
    const result = await verifyByFleet(fleet.directory, args.certificate, purpose)
    this.terminal.print(verificationText(result, this.terminal))
    refuseBad(result)
    return result
  }
}
