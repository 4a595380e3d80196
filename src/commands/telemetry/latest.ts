import { FleetCommand } from '../../lib/cli/command.ts'
import { limit, metrics } from '../../lib/cli/flags.ts'
import { latestNote, latestTable } from '../../lib/cli/latest-text.ts'
import { selector } from '../../lib/cli/selector-argument.ts'
import { type LatestValues, latestValues } from '../../lib/fleet/latest-values.ts'

export type TelemetryLatestResult = LatestValues

export default class TelemetryLatest extends FleetCommand {
  static override summary =
    'Show the latest stored value of each metric, how it went, how old it is, and who is silent.'
  static override examples = [
    '<%= config.bin %> telemetry latest pump-0001',
    '<%= config.bin %> telemetry latest hall=B --metric flow --metric pressure --json',
  ]
  static override strict = false
  static override args = { selector: selector() }
  static override flags = { metric: metrics, limit }

  async run(): Promise<TelemetryLatestResult> {
    const { argv, flags } = await this.parse(TelemetryLatest)
    await using fleet = await this.openFleet(flags)
    const request = { words: argv as string[], metrics: flags.metric ?? [], limit: flags.limit }
    const now = Date.now()
    const result = await latestValues(fleet, request, now)
    if (result.latest.length > 0) this.terminal.print(latestTable(result, this.terminal, now))
    this.terminal.aside(latestNote(result, this.terminal.notePaint))
    return result
  }
}
