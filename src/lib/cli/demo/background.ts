import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { UnreachableError } from '../../base/errors.ts'

/** A command of the demo that runs on while the next ones are shown. It always dies with the demo. */
export class Background implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #what: string
  #errors = ''

  constructor(child: ChildProcess, what: string) {
    this.#child = child
    this.#what = what
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-2000)
    })
  }

  /**
   * Reads its NDJSON until a line fits; what comes after is read and dropped, so that it never blocks.
   * @throws UnreachableError `DEMO_CHILD` when it ends or stays silent for `within` ms
   */
  async until(
    fits: (line: Record<string, unknown>) => boolean,
    within: number,
  ): Promise<Record<string, unknown>> {
    const lines = createInterface({ input: this.#child.stdout! })
    const deadline = AbortSignal.timeout(within)
    try {
      return await new Promise((resolve, reject) => {
        lines.on('line', (text) => {
          const line = parse(text)
          if (line !== undefined && fits(line)) resolve(line)
        })
        lines.once('close', () => reject(this.#failure('ended')))
        deadline.addEventListener('abort', () =>
          reject(this.#failure(`said nothing within ${within / 1000} s`)),
        )
      })
    } finally {
      lines.removeAllListeners('line')
      this.#child.stdout?.resume()
    }
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

  #failure(how: string): UnreachableError {
    return new UnreachableError('DEMO_CHILD', `"${this.#what}" ${how}.\n${this.#errors.trim()}`, {
      hint: 'Type the line by hand to see why.',
    })
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}
