import type { RowFault } from '../batch/row.ts'
import type { ProvisionOptions } from '../fleet/provision-options.ts'
import { countText } from '../ui/number-text.ts'
import { type Progress, progressBar } from '../ui/progress.ts'
import { faultText, resumeText } from './provision-text.ts'
import type { RowResults } from './row-results.ts'
import type { Terminal } from './terminal.ts'

/** Bad lines that are shown; --results has all. */
const SHOWN = 100

type Callbacks = Required<Pick<ProvisionOptions, 'onOutcomes' | 'onFault' | 'onResume' | 'onProgress'>>

/** What `device provision` shows while it works, on stderr, and hands to `--results`. */
export class ProvisionView {
  readonly #terminal: Terminal
  readonly #results: RowResults
  readonly #bars: Readonly<Record<'issue' | 'check', Progress>>
  #faults = 0

  constructor(terminal: Terminal, results: RowResults) {
    this.#terminal = terminal
    this.#results = results
    this.#bars = {
      issue: progressBar(process.stderr, { label: 'issue', unit: 'devices' }),
      check: progressBar(process.stderr, { label: 'check', unit: 'devices' }),
    }
  }

  readonly callbacks: Callbacks = {
    onOutcomes: (outcomes) => this.#results.write(outcomes),
    onFault: (fault) => this.#fault(fault),
    onResume: (batch) => this.#terminal.aside(resumeText(batch, this.#terminal.notePaint)),
    onProgress: (step, done, total) => {
      this.#bars[step].update(done, total)
      if (done === total) this.#bars[step].done()
    },
  }

  /** Shows the work until it ends, well or badly; then the results get their name. */
  async during<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } finally {
      await this.#end()
    }
  }

  async #end(): Promise<void> {
    for (const bar of Object.values(this.#bars)) bar.done()
    if (this.#faults > SHOWN) this.#terminal.note(`  and ${countText(this.#faults - SHOWN)} more`)
    await this.#results.finish()
  }

  async #fault(fault: RowFault): Promise<void> {
    this.#faults++
    if (this.#faults <= SHOWN) this.#terminal.note(faultText(fault, this.#terminal.notePaint))
    await this.#results.write([{ ...fault, state: 'bad' }])
  }
}
