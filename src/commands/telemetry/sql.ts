import { string } from '@oclif/core/args'
import { boolean, integer } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { sqlCsv, sqlNote, sqlTable } from '../../lib/cli/sql-text.ts'
import { type SqlResult, sqlTelemetry } from '../../lib/fleet/sql-telemetry.ts'

export type TelemetrySqlResult = SqlResult

export default class TelemetrySql extends FleetCommand {
  static override summary = 'Ask the telemetry store in its own SQL, where it has one (store.kind: questdb).'
  static override description = [
    'The statement is run as it is, if it only reads. The tables are <fleet>_measurements (ts, device, metric, value,',
    'text), <fleet>_measurements_5m (sums of five minutes) and <fleet>_series (which series has something on which day).',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> telemetry sql "SELECT metric, count() FROM acme_measurements WHERE ts IN today()"',
    '<%= config.bin %> telemetry sql "SELECT * FROM acme_measurements_5m WHERE device = \'pump-0001\'" --limit 5000 --csv',
  ]
  static override args = {
    statement: string({ description: 'SELECT, WITH, SHOW or EXPLAIN.', required: true }),
  }
  static override flags = {
    limit: integer({ description: 'Rows at most.', default: 1000, min: 1, max: 1_000_000, helpValue: 'N' }),
    skip: integer({ description: 'Rows to leave out at the beginning.', default: 0, min: 0, helpValue: 'N' }),
    csv: boolean({ description: 'Print CSV (RFC 4180).', exclusive: ['json'] }),
  }

  async run(): Promise<TelemetrySqlResult> {
    const { args, flags } = await this.parse(TelemetrySql)
    await using fleet = await this.openFleet(flags)
    const { skip, limit } = flags
    const result = await sqlTelemetry(fleet, { statement: args.statement, skip, limit })
    const { terminal } = this
    if (flags.csv) terminal.print(sqlCsv(result))
    else if (result.rows.length > 0) terminal.print(sqlTable(result, terminal))
    terminal.aside(sqlNote(result, terminal.notePaint))
    return result
  }
}
