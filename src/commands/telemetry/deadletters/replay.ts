import { FleetCommand } from '../../../lib/cli/command.ts'
import { replayText } from '../../../lib/cli/dead-letter-text.ts'
import { letterDevice, letterReason } from '../../../lib/cli/flags.ts'
import type { ReplayResult } from '../../../lib/service/replay-dead-letters.ts'

export type DeadLettersReplayResult = ReplayResult

export default class DeadLettersReplay extends FleetCommand {
  static override summary =
    'Store messages that could not be stored when they came, after the cause is mended.'
  static override description = [
    'They are decoded as if they came now, but at the time at which they came. What is stored is taken out, the rest',
    'stays, and the command ends with exit 7. Interrupted, the same line goes on. When ingest runs from this directory it is asked to do it.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> telemetry deadletters replay',
    '<%= config.bin %> telemetry deadletters replay --reason store --json',
  ]
  static override flags = { device: letterDevice, reason: letterReason }

  async run(): Promise<DeadLettersReplayResult> {
    const { flags } = await this.parse(DeadLettersReplay)
    await using fleet = await this.openFleet(flags)
    const { refuseKept, replayDeadLetters } = await import('../../../lib/service/replay-dead-letters.ts')
    const { device, reason } = flags
    const result = await replayDeadLetters(fleet, { device, reason, signal: this.signal })
    this.terminal.print(replayText(result))
    refuseKept(result)
    return result
  }
}
