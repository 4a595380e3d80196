import { custom, integer, option, string } from '@oclif/core/flags'
import { UsageError } from '../lib/base/errors.ts'
import { FleetCommand } from '../lib/cli/command.ts'
import { duration, within } from '../lib/cli/flags.ts'
import { selector } from '../lib/cli/selector-argument.ts'
import { simulationView } from '../lib/cli/simulation-view.ts'
import { type FaultChoice, parseFault } from '../lib/device/faults.ts'
import { PROFILES } from '../lib/device/profiles.ts'
import { type QueueChoice, simulateFleet } from '../lib/fleet/simulate-fleet.ts'

const rate = custom<number>({
  helpValue: 'N',
  parse: async (text) => {
    const value = Number(text)
    if (value > 0 && value <= 1000) return value
    throw new UsageError('RATE', `${JSON.stringify(text)} is not a rate.`, {
      hint: 'Give messages a second: 0.1 (one in ten seconds) to 1000.',
    })
  },
})

const fault = custom<FaultChoice>({
  helpValue: 'FAULT[:SHARE]',
  parse: async (text) => parseFault(text),
})

export default class Simulate extends FleetCommand {
  static override summary = 'Run devices of this fleet as simulated devices, each on its own certificate.'
  static override description = [
    'Without a selector every device runs whose credential lies in the fleet directory. Ends with Ctrl-C or after --for,',
    'once what was sent is acknowledged, or five seconds later: what is not acknowledged then, or was dropped, is counted,',
    'and --for ends with exit 7. On a terminal it shows how it goes; elsewhere, and with --json, it prints a line',
    'of JSON (NDJSON) each second. --fault makes a tenth of the devices, or the share that is given, misbehave: stuck',
    '(values freeze), spike (a value far out now and then), silent (nothing after ten readings), clock (a wrong time),',
    'flap (the link breaks every eight seconds), duplicate (everything twice).',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> simulate --rate 2 --profile pump',
    '<%= config.bin %> simulate --fault silent --fault clock:0.05 --queue /tmp/pumps.queue',
    '<%= config.bin %> simulate --count 50 --prefix meter --profile meter --rate 0.1 --for 10m --json',
  ]
  static override strict = false
  static override args = { selector: selector() }
  static override flags = {
    count: integer({ char: 'n', description: 'At most this many devices.', min: 1, helpValue: 'N' }),
    prefix: string({
      description: 'With --count: the devices that "device provision --count N --prefix P" makes.',
      helpValue: 'P',
      dependsOn: ['count'],
    }),
    rate: rate({ char: 'r', description: 'Messages a second of each device.', default: 1 }),
    profile: option({
      char: 'p',
      description: 'What the devices pretend to be.',
      options: PROFILES,
      default: 'pump' as const,
    })(),
    fault: fault({
      description: 'Something wrong with some devices; may be given many times.',
      multiple: true,
      multipleNonGreedy: true,
    }),
    queue: string({
      description: 'Keep in this file what is not acknowledged, for the next run; else in memory.',
      helpValue: 'FILE',
    }),
    'queue-limit': integer({
      description: 'With --queue: messages that wait of each device at most.',
      min: 1,
      default: 10_000,
      helpValue: 'N',
    }),
    keep: option({
      description: 'With --queue: what stays when it is full.',
      options: ['newest', 'oldest'] as const,
      default: 'newest' as const,
    })(),
    for: duration({ description: 'End after this long; else with Ctrl-C.' }),
    within,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Simulate)
    await using fleet = await this.openFleet(flags)
    const { count, prefix, profile, rate, fault: faults = [], for: lasting, within } = flags
    const choice = { words: argv as string[], count, prefix, faults, queue: queueOf(flags) }
    const emit = simulationView(this.terminal)
    await simulateFleet(fleet, { ...choice, profile, rate, lasting, within, signal: this.signal, emit })
    this.terminal.aside(`Next: ${this.terminal.notePaint.command('flotilla telemetry latest')}`)
  }
}

function queueOf(flags: {
  readonly queue?: string | undefined
  readonly 'queue-limit': number
  readonly keep: 'newest' | 'oldest'
}): QueueChoice | undefined {
  return flags.queue === undefined
    ? undefined
    : { file: flags.queue, bound: flags['queue-limit'], keep: flags.keep }
}
