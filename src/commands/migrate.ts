import { FleetCommand } from '../lib/cli/command.ts'
import { migrateText } from '../lib/cli/migrate-text.ts'
import type { Migrated } from '../lib/fleet/migrate.ts'

export type MigrateResult = Migrated

export default class Migrate extends FleetCommand {
  static override summary =
    'Bring registry, state and the tables of the store to this version of the program.'
  static override description = [
    'Makes what is missing and changes what is older; nothing is lost, and what is current stays as it is. up and serve',
    'do the same when they start: this is for doing it at another time, and for a store that was away during init.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> migrate',
    '<%= config.bin %> migrate --fleet /srv/acme --json',
  ]

  async run(): Promise<MigrateResult> {
    const { flags } = await this.parse(Migrate)
    await using fleet = await this.openFleet(flags)
    const { migrateFleet } = await import('../lib/fleet/migrate.ts')
    const result = await migrateFleet(fleet)
    this.terminal.print(migrateText(result, this.terminal))
    this.suggest('flotilla status')
    return result
  }
}
