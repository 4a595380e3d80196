import { Command } from '@oclif/core/command'
import { boolean, string } from '@oclif/core/flags'
import { InterruptedError, UsageError } from '../base/errors.ts'
import { Fleet } from '../fleet/fleet.ts'
import { type Terminal, terminalFor } from './terminal.ts'

/**
 * The base of every command: the output contract of design §6. stdout carries data, stderr everything else; with
 * `--json` a command's result is printed as it is typed; failures are shown in one place only (src/main.ts).
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    'no-input': boolean({
      description: 'Never ask: fail and name the flag that was missing.',
      helpGroup: 'GLOBAL',
    }),
  }

  #terminal: Terminal | undefined
  #interrupt: AbortController | undefined

  /** What a person reads is written here. */
  protected get terminal(): Terminal {
    this.#terminal ??= terminalFor({ json: this.jsonEnabled(), noInput: this.argv.includes('--no-input') })
    return this.#terminal
  }

  /** Says what to type next, if anything follows: on stderr, because it is no data. */
  protected suggest(command: string | undefined): void {
    if (command !== undefined) this.terminal.aside(`Next: ${this.terminal.notePaint.command(command)}`)
  }

  /** Aborted by the first SIGINT or SIGTERM; the second ends the process at once. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= interruptController()
    return this.#interrupt.signal
  }

  /**
   * Standard input is read where `-` asks for it. oclif would take it for an argument that is not there: a passphrase
   * for the id of a device, and in a shell's loop the lines that are still to come.
   */
  protected override async init(): Promise<void> {
    await super.init()
    for (const arg of Object.values(this.ctor.args)) arg.ignoreStdin = true
  }

  protected override async catch(error: Error): Promise<never> {
    const name = (this.id ?? '').replaceAll(':', ' ')
    const flags = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags, json: true })
    const { usageFailure } = await import('./usage-failure.ts') // what only a failure needs, only a failure loads
    throw usageFailure(error, { name, flags })
  }

  override logJson(document: unknown): void {
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
  }
}

/** The base of a command that works on a fleet directory. */
export abstract class FleetCommand extends BaseCommand {
  static override baseFlags = {
    ...BaseCommand.baseFlags,
    fleet: string({
      description: 'The fleet directory; else FLOTILLA_FLEET, else the nearest one upward from here.',
      env: 'FLOTILLA_FLEET',
      helpValue: 'DIR',
      helpGroup: 'GLOBAL',
      noCacheDefault: true,
    }),
  }

  /** Opens the fleet that the flags name; what it holds is opened when it is asked for. */
  protected openFleet(flags: { readonly fleet?: string | undefined }): Promise<Fleet> {
    return Fleet.find(flags.fleet)
  }

  /**
   * Asks before what cannot be undone. `--yes` answers it; without a terminal `--yes` is needed.
   * @throws UsageError `CONFIRM` · InterruptedError when the answer is no
   */
  protected async confirm(question: string, flags: { readonly yes?: boolean }): Promise<void> {
    if (flags.yes) return
    if (!this.terminal.interactive) {
      throw new UsageError('CONFIRM', `This needs a yes: ${question}`, { hint: 'Add --yes.' })
    }
    const { confirm } = await import('./prompts.ts')
    if (!(await confirm(question))) throw new InterruptedError('Nothing was changed.')
  }
}

function interruptController(): AbortController {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new InterruptedError())
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller
}
