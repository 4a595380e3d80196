import { custom, integer } from '@oclif/core/flags'
import { FleetCommand } from '../lib/cli/command.ts'
import { duration, metrics } from '../lib/cli/flags.ts'
import { selector } from '../lib/cli/selector-argument.ts'
import { tailNote } from '../lib/cli/tail-text.ts'
import { tailView } from '../lib/cli/tail-view.ts'
import { tail } from '../lib/fleet/tail.ts'
import { parseTailCondition, type TailCondition } from '../lib/fleet/tail-condition.ts'

const condition = custom<TailCondition>({
  helpValue: 'CONDITION',
  parse: async (text) => parseTailCondition(text),
})

export default class Tail extends FleetCommand {
  static override summary = 'Show telemetry live, as it arrives at the broker.'
  static override description = [
    'Prints a line for each reading; with --json a line of JSON (NDJSON). Messages that cannot be stored are shown with',
    'their reason. Ends with Ctrl-C, after --count lines, after --for, or after --within when none has come; exit code 6',
    'when less came than was asked for.',
    'A lost connection is opened again; exit code 3 when the broker does not let you in any more.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> tail hall=B --metric flow',
    '<%= config.bin %> tail --where "temperature above 80 or state is fault"',
    '<%= config.bin %> tail pump-0001 --count 1 --within 2m',
    '<%= config.bin %> tail pump-0001 --count 10 --for 30s --json',
  ]
  static override strict = false
  static override args = { selector: selector() }
  static override flags = {
    metric: metrics,
    where: condition({ description: 'Only readings that fulfil this: "temp above 80 and running is true".' }),
    count: integer({ char: 'n', description: 'End after this many lines.', min: 1, helpValue: 'N' }),
    for: duration({ description: 'End after this long.' }),
    within: duration({ description: 'Give up when no line has come after this long.' }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Tail)
    await using fleet = await this.openFleet(flags)
    using view = tailView(this.terminal, this.jsonEnabled())
    const { metric = [], where, count, for: lasting, within } = flags
    const request = {
      words: argv as string[],
      metrics: metric,
      where,
      count,
      lasting,
      within,
      signal: this.signal,
    }
    const summary = await tail(fleet, { ...request, emit: view.emit, onState: view.onState })
    this.terminal.aside(tailNote(summary, view.dropped, this.terminal.notePaint))
  }
}
