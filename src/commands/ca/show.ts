import { authoritiesText } from '../../lib/cli/ca-text.ts'
import { FleetCommand } from '../../lib/cli/command.ts'
import { type AuthoritiesView, showAuthorities } from '../../lib/fleet/authority-certificates.ts'

export type CaShowResult = AuthoritiesView

export default class CaShow extends FleetCommand {
  static override summary = 'Show the certificate authorities: thumbprints, ends, keys, how much is revoked.'
  static override description = 'No key is opened, so no passphrase is needed.'
  static override examples = ['<%= config.bin %> ca show', '<%= config.bin %> ca show --json']

  async run(): Promise<CaShowResult> {
    const { flags } = await this.parse(CaShow)
    await using fleet = await this.openFleet(flags)
    const result = await showAuthorities(fleet)
    this.terminal.print(authoritiesText(result, this.terminal, Date.now()))
    this.suggest('flotilla ca export root --out root.pem')
    return result
  }
}
