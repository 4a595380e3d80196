import { string } from '@oclif/core/flags'
import { UsageError } from '../../lib/base/errors.ts'
import { verificationNote, verificationText } from '../../lib/cli/audit-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { type AuditVerification, verifyAudit } from '../../lib/fleet/audit.ts'

export type AuditVerifyResult = AuditVerification

export default class AuditVerify extends FleetCommand {
  static override summary =
    'Recompute the chain of all changes: an edit, an insertion or a cut is found (exit 9).'
  static override description =
    'Each row carries the hash of the row before it. Who can write the registry could write the whole chain anew, or cut its end off: only a head that was kept elsewhere shows that.'
  static override examples = [
    '<%= config.bin %> audit verify',
    '<%= config.bin %> audit verify --json | jq -r .head > kept-head',
    '<%= config.bin %> audit verify --head "$(cat kept-head)"',
  ]
  static override flags = {
    head: string({
      description: 'The head that an earlier verification printed: it must still be a row.',
      helpValue: 'HASH',
      parse: async (text) => checkHash(text),
    }),
  }

  async run(): Promise<AuditVerifyResult> {
    const { flags } = await this.parse(AuditVerify)
    await using fleet = await this.openFleet(flags)
    const verification = await verifyAudit(await fleet.registry(), flags.head)
    this.terminal.print(verificationText(verification, this.terminal.paint))
    const note = verificationNote(verification, this.terminal.notePaint)
    if (note !== undefined) this.terminal.aside(note)
    return verification
  }
}

function checkHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new UsageError('AUDIT_HEAD', `${JSON.stringify(text)} is no hash.`, {
    hint: 'Give the 64 hexadecimal digits that flotilla audit verify has printed.',
  })
}
