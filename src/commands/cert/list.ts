import { boolean, option } from '@oclif/core/flags'
import { certificateListNote, certificateTable } from '../../lib/cli/certificate-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { duration, limit } from '../../lib/cli/flags.ts'
import { type CertificateListing, listCertificates } from '../../lib/fleet/list-certificates.ts'

export type CertListResult = CertificateListing

export default class CertList extends FleetCommand {
  static override summary = 'List the certificates that were issued: those that end first come first.'
  static override examples = [
    '<%= config.bin %> cert list --ends-within 30d',
    '<%= config.bin %> cert list --profile device --revoked --json',
  ]
  static override flags = {
    profile: option({
      description: 'Only those of this kind.',
      options: ['device', 'server', 'operator', 'service'] as const,
    })(),
    'ends-within': duration({ description: 'Only those that end within this time, or have ended.' }),
    revoked: boolean({ description: 'Only those that are revoked; without it, only those that are not.' }),
    limit,
  }

  async run(): Promise<CertListResult> {
    const { flags } = await this.parse(CertList)
    await using fleet = await this.openFleet(flags)
    const { profile, 'ends-within': endsWithin, revoked, limit } = flags
    const listing = await listCertificates(await fleet.registry(), { profile, endsWithin, revoked, limit })
    const { terminal } = this
    if (listing.total > 0) terminal.print(certificateTable(listing.certificates, terminal, Date.now()))
    terminal.aside(certificateListNote(listing, terminal.notePaint))
    return listing
  }
}
