import { shorten } from './width.ts'
import { wrapLines } from './wrap-words.ts'

export interface LiveBlock {
  /** Draws these lines where the last ones stood. */
  show(lines: readonly string[]): void
  /** Writes text above the block: it stays. */
  print(text: string): void
  /** Leaves the block as it was drawn last and lets go of it. */
  end(): void
}

type LiveStream = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'rows' | 'isTTY'>

const ERASE_LINE = '\u001b[K'
const ERASE_BELOW = '\u001b[J'
/** A terminal that knows these (DEC private mode 2026) shows what is between them at once; others ignore them. */
const BEGIN = '\u001b[?2026h'
const END = '\u001b[?2026l'

/**
 * A small block of lines that is drawn again in place, on a terminal; anywhere else nothing is written. The cursor
 * rests on the line below the block and is never hidden, so that no exit, signal or suspension leaves a broken
 * terminal. Lines are cut to the terminal's width, because a line that wraps could not be counted.
 */
export function liveBlock(stream: LiveStream): LiveBlock {
  let lines: readonly string[] = []
  let drawn = 0
  let drawnAt = 0

  /** Where a narrower terminal may have wrapped the old block, it is left to scroll away: nothing above it is overwritten. */
  const home = () => (drawn > 0 && stream.columns >= drawnAt ? `\r\u001b[${drawn}A` : '\r')
  const draw = (before: string) => {
    const fitting = cut(lines, Math.max(1, stream.rows - 1))
    const block = fitting.map((line) => `${shorten(line, stream.columns - 1)}${ERASE_LINE}\n`)
    stream.write(`${BEGIN}${home()}${before}${block.join('')}${ERASE_BELOW}${END}`)
    drawn = fitting.length
    drawnAt = stream.columns
  }

  return {
    show(next) {
      if (!stream.isTTY) return
      lines = next
      draw('')
    },
    print(text) {
      if (!stream.isTTY) return
      // A terminal that does not know its width says 0.
      const above = wrapLines(text, stream.columns || Number.POSITIVE_INFINITY)
      draw(ERASE_BELOW + above + (above.endsWith('\n') ? '' : '\n'))
    },
    end() {
      lines = []
      drawn = 0
    },
  }
}

function cut(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines
  return [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} lines more`]
}
