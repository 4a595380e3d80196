import { string } from '@oclif/core/flags'
import { FleetCommand } from '../../lib/cli/command.ts'
import { duration } from '../../lib/cli/flags.ts'
import { moment } from '../../lib/cli/moment-flag.ts'
import { plotNote, plotText } from '../../lib/cli/plot-text.ts'
import { someDevices } from '../../lib/cli/selector-argument.ts'
import { type PlotData, plotSeries } from '../../lib/fleet/plot-series.ts'

export type TelemetryPlotResult = PlotData

export default class TelemetryPlot extends FleetCommand {
  static override summary = 'Plot stored values of one metric over time, a line for each device.'
  static override description =
    'One device is shown with the band from least to greatest value. A pause of more than five usual intervals is a gap.'
  static override examples = [
    '<%= config.bin %> telemetry plot pump-0001 --metric flow',
    '<%= config.bin %> telemetry plot pump-0001 pump-0002 --metric flow --from 2026-11-25T08:00 --to 2026-11-25T12:00',
  ]
  static override strict = false
  static override args = { devices: someDevices() }
  static override flags = {
    metric: string({ char: 'm', description: 'What to plot.', required: true, helpValue: 'METRIC' }),
    last: duration({
      description: 'The time until now.',
      exclusive: ['from', 'to'],
      default: 3_600_000,
      defaultHelp: async () => '1h',
    }),
    from: moment({ description: 'When it begins: ISO 8601, or a duration that lies back.' }),
    interval: duration({ description: 'Sum up this much time in one point; else what suits the time.' }),
    to: moment({ description: 'When it ends; else now.', dependsOn: ['from'] }),
  }

  async run(): Promise<TelemetryPlotResult> {
    const { argv, flags } = await this.parse(TelemetryPlot)
    await using fleet = await this.openFleet(flags)
    const to = flags.to ?? Date.now()
    const from = flags.from ?? to - flags.last
    const { metric, interval } = flags
    const data = await plotSeries(fleet, { words: argv as string[], metric, from, to, interval })
    this.terminal.print(plotText(data, this.terminal))
    this.terminal.aside(plotNote(data, this.terminal.notePaint))
    return data
  }
}
