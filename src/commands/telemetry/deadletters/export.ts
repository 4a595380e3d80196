import { FleetCommand } from '../../../lib/cli/command.ts'
import { letterDevice, letterReason } from '../../../lib/cli/flags.ts'
import { everyDeadLetter } from '../../../lib/fleet/dead-letters.ts'
import { counted } from '../../../lib/ui/number-text.ts'

export default class DeadLettersExport extends FleetCommand {
  static override summary = 'Write messages that could not be stored to standard output, each byte of them.'
  static override description =
    'Prints a line of JSON (NDJSON) for each, the oldest first, the payload in base64. They stay where they are.'
  static override examples = [
    '<%= config.bin %> telemetry deadletters export > letters.ndjson',
    '<%= config.bin %> telemetry deadletters export --device pump-0117 --reason json',
  ]
  static override flags = { device: letterDevice, reason: letterReason }

  async run(): Promise<void> {
    const { flags } = await this.parse(DeadLettersExport)
    await using fleet = await this.openFleet(flags)
    const { device, reason } = flags
    let count = 0
    for await (const letter of everyDeadLetter(await fleet.state(), { device, reason })) {
      this.signal.throwIfAborted()
      await this.terminal.line(JSON.stringify(letter))
      count++
    }
    this.terminal.aside(`${counted(count, 'dead letter')} exported.`)
  }
}
