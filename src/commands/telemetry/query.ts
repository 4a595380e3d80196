import { boolean, integer, option, string } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { duration, metrics } from '../../lib/cli/flags.ts'
import { moment } from '../../lib/cli/moment-flag.ts'
import { queryCsv, queryNote, queryTable } from '../../lib/cli/query-text.ts'
import { devicesOrElse } from '../../lib/cli/selector-argument.ts'
import { devicesOf, type SqlFlags, sqlRequest } from '../../lib/cli/sql-request.ts'
import { sqlNote } from '../../lib/cli/sql-text.ts'
import { showSql } from '../../lib/cli/sql-view.ts'
import type { Fleet } from '../../lib/fleet/fleet.ts'
import { AGGREGATES, type QueryResult, queryTelemetry } from '../../lib/fleet/query-telemetry.ts'
import { sqlTelemetry } from '../../lib/fleet/sql-telemetry.ts'

/** Rows of each series unasked. */
const NEWEST = 1000

/** With --sql nothing: its rows are a stream. */
export type TelemetryQueryResult = QueryResult | undefined

export default class TelemetryQuery extends FleetCommand {
  static override summary = 'Show stored values of devices over time, as they are or summed up by intervals.'
  static override description = [
    'Without --interval every value is a row; with it the numbers of each interval are. Rows come by device, metric and',
    'time. --csv prints all digits and times in UTC; text that a spreadsheet would run gets an apostrophe in front.',
    '\n\nWith --sql a fleet on QuestDB (store.kind: questdb) is asked in its SQL, if the statement only reads. Rows are',
    'printed as they come, however many: with --json a line of JSON (NDJSON) for each; a screen gets 200 unasked.',
    'The tables are <fleet>_measurements (ts, device, metric, value, text), <fleet>_measurements_5m (sums of five',
    'minutes), <fleet>_series (which series has something on which day) and <fleet>_events (ts, device, kind, seq, body:',
    'connections and life states).',
  ].join(' ')
  static override usage = [
    '<%= command.id %> DEVICES... [--metric METRIC]... [--last TIME | --from TIME [--to TIME]] [--interval TIME [--aggregate WORD]...] [--limit N] [--csv | --json]',
    '<%= command.id %> --sql STATEMENT [--limit N] [--skip N] [--csv | --json]',
  ]
  static override examples = [
    '<%= config.bin %> telemetry query pump-0001 --metric flow --last 10m',
    '<%= config.bin %> telemetry query hall=B --metric temperature --from 2026-11-24 --to 2026-11-25 --interval 1h --aggregate avg --aggregate max --csv',
    '<%= config.bin %> telemetry query --sql "SELECT metric, count() FROM acme_measurements WHERE ts IN today()"',
  ]
  static override strict = false
  static override args = { devices: devicesOrElse() }
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
      description:
        'At most this many rows of each device and metric, the newest; else 1000. With --sql: in all.',
      min: 1,
      helpValue: 'N',
    }),
    csv: boolean({ description: 'Print CSV (RFC 4180).', exclusive: ['json'] }),
    sql: string({
      description: 'Ask QuestDB: SELECT, WITH, SHOW or EXPLAIN; - for standard input.',
      exclusive: ['metric', 'last', 'from', 'to', 'interval', 'aggregate'],
      helpValue: 'STATEMENT',
    }),
    skip: integer({
      description: 'With --sql: rows to leave out at the beginning.',
      min: 0,
      dependsOn: ['sql'],
      helpValue: 'N',
    }),
  }

  async run(): Promise<TelemetryQueryResult> {
    const { argv, flags } = await this.parse(TelemetryQuery)
    await using fleet = await this.openFleet(flags)
    const { sql, metric = [], last, interval, aggregate = AGGREGATES, limit = NEWEST, csv } = flags
    if (sql !== undefined) return this.#showSql(fleet, argv as string[], { ...flags, sql })
    const words = devicesOf(argv as string[])
    const to = flags.to ?? Date.now()
    const request = { words, metrics: metric, from: flags.from ?? to - last, to, interval }
    const result = await queryTelemetry(fleet, { ...request, aggregates: aggregate, limit })
    if (csv) await this.terminal.line(queryCsv(result))
    else if (result.rows.length > 0) this.terminal.print(queryTable(result, this.terminal, Date.now()))
    this.terminal.aside(queryNote(result, limit, this.terminal.notePaint))
    return result
  }

  async #showSql(
    fleet: Fleet,
    words: readonly string[],
    flags: SqlFlags & { readonly csv: boolean },
  ): Promise<undefined> {
    const { terminal } = this
    const request = await sqlRequest(flags, words, terminal)
    const form = flags.csv ? 'csv' : this.jsonEnabled() ? 'json' : 'table'
    const shown = await showSql(sqlTelemetry(fleet, request), form, terminal)
    terminal.aside(sqlNote(shown, terminal.notePaint))
  }
}
