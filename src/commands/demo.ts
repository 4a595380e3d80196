import { option } from '@oclif/core/flags'
import { BaseCommand } from '../lib/cli/command.ts'
import type { DemoSummary } from '../lib/cli/demo/summary.ts'
import { storeChoice, storeFlags } from '../lib/cli/store-flags.ts'

export type DemoResult = DemoSummary

export default class Demo extends BaseCommand {
  static override summary = 'Show the main job on embedded defaults: five devices from nothing to telemetry.'
  static override description =
    'Makes ./demo-fleet anew, prints each command before it runs it, and leaves nothing running.'
  static override examples = [
    '<%= config.bin %> demo',
    '<%= config.bin %> demo --broker mosquitto',
    'FLOTILLA_STORE_PASSWORD=… <%= config.bin %> demo --store questdb',
  ]
  static override flags = {
    broker: option({
      description: 'Which broker serves the demo fleet.',
      options: ['embedded', 'mosquitto'] as const,
      default: 'embedded' as const,
    })(),
    ...storeFlags,
  }

  async run(): Promise<DemoResult> {
    const { flags } = await this.parse(Demo)
    const { thisProgram } = await import('../lib/cli/demo/program.ts')
    const { runDemo } = await import('../lib/cli/demo/demo.ts')
    const { summaryText } = await import('../lib/cli/demo/summary.ts')
    const program = thisProgram(this.config.root)
    const { terminal, signal } = this
    const summary = await runDemo({
      program,
      terminal,
      signal,
      broker: flags.broker,
      store: storeChoice(flags),
      json: this.jsonEnabled(),
    })
    terminal.print(summaryText(summary, terminal.paint))
    return summary
  }
}
