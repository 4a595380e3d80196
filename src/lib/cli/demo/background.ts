import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { FlotillaError, UnreachableError } from '../../base/errors.ts'
import type { FailureDocument } from '../failure.ts'

type Line = Readonly<Record<string, unknown>>

/** A command of the demo has said why it failed: the demo ends as it did. */
class ChildError extends FlotillaError {
  readonly exitCode: number

  constructor({ code, message, hint, exitCode }: FailureDocument['error']) {
    super(code, message, hint === undefined ? {} : { hint })
    this.exitCode = exitCode
  }
}

/** A command of the demo that runs on while the next ones are shown. It always dies with the demo. */
export class Background implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #what: string
  readonly #waiting = new Set<(line: Line | undefined) => void>()
  #errors = ''
  #said: FailureDocument['error'] | undefined
  readonly #last = new Map<unknown, Line>()

  constructor(child: ChildProcess, what: string) {
    this.#child = child
    this.#what = what
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-2000)
    })
    const lines = createInterface({ input: child.stdout! })
    lines.on('line', (text) => this.#take(parse(text)))
    lines.once('close', () => this.#tell(undefined))
  }

  /**
   * Resolves with the first line from now on that fits.
   * @throws what it failed with · UnreachableError `DEMO_CHILD` when it ends or says no such thing for `within` ms
   */
  async until(fits: (line: Line) => boolean, within: number): Promise<Line> {
    const { promise, resolve, reject } = Promise.withResolvers<Line>()
    const listen = (line: Line | undefined) => {
      if (line === undefined) reject(this.#failure('ended'))
      else if (fits(line)) resolve(line)
    }
    const timer = setTimeout(
      () => reject(this.#failure(`did not get there within ${within / 1000} s`)),
      within,
    )
    this.#waiting.add(listen)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(listen)
    }
  }

  /** The last line of this event that it printed. */
  last(event: string): Line {
    return this.#last.get(event) ?? {}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await closed
    clearTimeout(timer)
  }

  #take(line: Line | undefined): void {
    if (line === undefined) return
    if (isFailure(line)) this.#said = line.error
    this.#last.set(line['event'], line)
    this.#tell(line)
  }

  #tell(line: Line | undefined): void {
    for (const listen of this.#waiting) listen(line)
  }

  #failure(how: string): FlotillaError {
    if (this.#said !== undefined) return new ChildError(this.#said)
    const errors = this.#errors.trim()
    const message = `"${this.#what}" ${how}${errors === '' ? ', and said nothing.' : `.\n${errors}`}`
    return new UnreachableError('DEMO_CHILD', message, {
      hint: 'Type the line by hand to see why.',
    })
  }
}

function isFailure(line: Line): line is Line & FailureDocument {
  return typeof line['error'] === 'object' && line['error'] !== null
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}
