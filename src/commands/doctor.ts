import { ExitCode } from '../lib/base/errors.ts'
import { FleetCommand } from '../lib/cli/command.ts'
import { doctorNote, doctorText } from '../lib/cli/doctor-text.ts'
import { within } from '../lib/cli/flags.ts'
import type { DoctorReport } from '../lib/fleet/doctor.ts'

export type DoctorResult = DoctorReport

export default class Doctor extends FleetCommand {
  static override summary =
    'Look at everything that must be right for the fleet to run, and say how to mend it.'
  static override description = [
    'Node, permissions, clock, disk, registry, store and its tables, certificates, revocation lists, and whether the broker',
    'answers, by a TLS handshake. Nothing is changed. Exit code 5 when something is bad.',
  ].join(' ')
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --fleet /srv/acme --json']
  static override flags = { within }

  async run(): Promise<DoctorResult> {
    const { flags } = await this.parse(Doctor)
    await using fleet = await this.openFleet(flags)
    const { examineFleet } = await import('../lib/fleet/doctor.ts')
    const request = { now: Date.now(), within: flags.within, signal: this.signal }
    const report = await examineFleet(fleet, request)
    this.terminal.print(doctorText(report, this.terminal))
    this.terminal.aside(doctorNote(report, this.terminal))
    if (!report.well) process.exitCode = ExitCode.difference
    return report
  }
}
