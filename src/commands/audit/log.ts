import { integer } from '@oclif/core/flags'
import { auditTable } from '../../lib/cli/audit-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { type AuditListing, auditLog } from '../../lib/fleet/audit.ts'

export type AuditLogResult = AuditListing

export default class AuditLog extends FleetCommand {
  static override summary = 'Show who changed what in the registry: the last changes, in order.'
  static override examples = ['<%= config.bin %> audit log', '<%= config.bin %> audit log --limit 500 --json']
  static override flags = {
    limit: integer({ description: 'So many of the last ones.', default: 20, min: 1, helpValue: 'N' }),
  }

  async run(): Promise<AuditLogResult> {
    const { flags } = await this.parse(AuditLog)
    await using fleet = await this.openFleet(flags)
    const listing = await auditLog(await fleet.registry(), flags.limit)
    const { terminal } = this
    terminal.print(auditTable(listing.entries, terminal, Date.now()))
    terminal.aside(`Next: ${terminal.notePaint.command('flotilla audit verify')}`)
    return listing
  }
}
