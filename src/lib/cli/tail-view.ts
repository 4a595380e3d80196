import { printable } from '../base/printable.ts'
import type { TailLine } from '../fleet/tail-line.ts'
import type { ConnectionState } from '../mqtt/connection.ts'
import { countText } from '../ui/number-text.ts'
import { BoundedLines } from './bounded-lines.ts'
import { tailPainter } from './tail-text.ts'
import type { Terminal } from './terminal.ts'

export interface TailView extends Disposable {
  readonly emit: (line: TailLine) => void
  readonly onState: (state: ConnectionState) => void
  /** Lines that were not shown until now. */
  readonly dropped: number
}

/** Shows what arrives: lines for people, NDJSON with --json. Where lines are missing, one says how many. */
export function tailView(terminal: Terminal, json: boolean): TailView {
  const { paint, isScreen, columns } = terminal
  const missing = json
    ? (count: number) => JSON.stringify({ missing: count })
    : (count: number) => paint.warn(`${countText(count)} lines are missing here: they were read too slowly`)
  const lines = new BoundedLines(process.stdout, { missing })
  const text = json
    ? (line: TailLine) => JSON.stringify(line)
    : tailPainter(paint, isScreen ? columns : Number.POSITIVE_INFINITY)
  return {
    emit: (line) => lines.write(text(line)),
    onState: linkNotes(terminal),
    get dropped() {
      return lines.dropped
    },
    [Symbol.dispose]: () => lines.flush(),
  }
}

/** Says on stderr when the connection is lost and when it is back; the first connection is no news. */
function linkNotes(terminal: Terminal): (state: ConnectionState) => void {
  const paint = terminal.notePaint
  let before: 'connecting' | 'online' | 'lost' = 'connecting'
  return (event) => {
    if (event.state === 'online') {
      if (before === 'lost')
        terminal.note(`${paint.good('connected again')}: what came meanwhile is not shown.`)
      before = 'online'
    } else if (before === 'online' && event.failure !== undefined) {
      terminal.note(`${paint.warn('connection lost')}: ${printable(event.failure.message)} Trying again.`)
      before = 'lost'
    }
  }
}
