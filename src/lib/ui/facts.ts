import { displayWidth, pad } from './width.ts'
import { wrapWords } from './wrap-words.ts'

/** What something is called, and what is so: text that is fit for a terminal already, and may be coloured. */
export type Fact = readonly [name: string, text: string]

export interface FactOptions {
  /** Columns of the terminal; Infinity where nobody's lines can wrap. */
  readonly width: number
  /** Columns for the names; else as the longest needs. */
  readonly nameWidth?: number
  readonly paintName?: (text: string) => string
}

const MARGIN = 2
const GAP = 2

/** A fact a line, the texts below each other; what has no room goes on below, and nothing that is copied is broken. */
export function factLines(facts: readonly Fact[], options: FactOptions): string {
  const { width, paintName = (text: string) => text } = options
  const nameWidth = options.nameWidth ?? Math.max(0, ...facts.map(([name]) => displayWidth(name)))
  const indent = MARGIN + nameWidth + GAP
  const head = (name: string) => `${' '.repeat(MARGIN)}${paintName(pad(name, nameWidth))}${' '.repeat(GAP)}`
  return facts.map(([name, text]) => wrapWords(head(name) + text, width, indent)).join('\n')
}
