import { string } from '@oclif/core/args'
import { boolean, integer, option } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { duration, metrics } from '../../lib/cli/flags.ts'
import { moment } from '../../lib/cli/moment-flag.ts'
import { queryCsv, queryNote, queryTable } from '../../lib/cli/query-text.ts'
import { AGGREGATES, type QueryResult, queryTelemetry } from '../../lib/fleet/query-telemetry.ts'

export type TelemetryQueryResult = QueryResult

export default class TelemetryQuery extends FleetCommand {
  static override summary = 'Show stored values of devices over time, as they are or summed up by intervals.'
  static override description = [
    'Without --interval every value is a row; with it the numbers of each interval are. Rows come by device, metric and',
    'time. --csv prints all digits and times in UTC; text that a spreadsheet would run gets an apostrophe in front.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> telemetry query pump-0001 --metric flow --last 10m',
    '<%= config.bin %> telemetry query hall=B --metric temperature --from 2026-11-24 --to 2026-11-25 --interval 1h --aggregate avg --aggregate max --csv',
  ]
  static override strict = false
  static override args = {
    devices: string({ description: 'Ids (p1 p2), or key=value joined by "and".', required: true }),
  }
  static override flags = {
    metric: metrics,
    last: duration({
      description: 'The time until now.',
      exclusive: ['from', 'to'],
      default: 3_600_000,
      defaultHelp: async () => '1h',
    }),
    from: moment({ description: 'When it begins: ISO 8601, or a duration that lies back.' }),
    to: moment({ description: 'When it ends; else now.', dependsOn: ['from'] }),
    interval: duration({ description: 'Sum up the numbers of so much time in one row.' }),
    aggregate: option({
      char: 'a',
      description: 'With --interval: what of it; may be given many times, else all.',
      options: AGGREGATES,
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['interval'],
    })(),
    limit: integer({
      description: 'At most this many rows of each device and metric, the newest.',
      min: 1,
      default: 1000,
      helpValue: 'N',
    }),
    csv: boolean({ description: 'Print CSV (RFC 4180).', exclusive: ['json'] }),
  }

  async run(): Promise<TelemetryQueryResult> {
    const { argv, flags } = await this.parse(TelemetryQuery)
    await using fleet = await this.openFleet(flags)
    const { metric = [], last, interval, aggregate = AGGREGATES, limit, csv } = flags
    const to = flags.to ?? Date.now()
    const request = { words: argv as string[], metrics: metric, from: flags.from ?? to - last, to, interval }
    const result = await queryTelemetry(fleet, { ...request, aggregates: aggregate, limit })
    if (csv) this.terminal.print(queryCsv(result))
    else if (result.rows.length > 0) this.terminal.print(queryTable(result, this.terminal, Date.now()))
    this.terminal.aside(queryNote(result, limit, this.terminal.notePaint))
    return result
  }
}
