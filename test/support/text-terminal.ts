import type { Terminal } from '../../src/lib/cli/terminal.ts'
import { paintAt } from '../../src/lib/ui/paint.ts'

interface TextTerminal extends Terminal {
  /** What was printed, noted and said aside, in order. */
  readonly said: string[]
}

/** A terminal without colour of some width, that keeps what is said to it. */
export function textTerminal({ columns = 80, isScreen = true } = {}): TextTerminal {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const paint = paintAt(0)
  return {
    said,
    print: say,
    note: say,
    aside: say,
    line: async (text) => say(text),
    paint,
    notePaint: paint,
    columns,
    isScreen,
    interactive: false,
  }
}
