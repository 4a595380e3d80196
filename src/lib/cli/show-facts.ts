import { type Fact, factLines } from '../ui/facts.ts'
import type { Terminal } from './terminal.ts'

type Place = Pick<Terminal, 'paint' | 'isScreen' | 'columns'>

/** Facts under a heading, for this terminal; where a program reads them each is a line. */
export function factsFor(facts: readonly Fact[], terminal: Place): string {
  return factLines(facts, { width: roomOf(terminal), paintName: terminal.paint.faint })
}

/** The same for what was checked, whose names are coloured already by what came of it. */
export function checksFor(checks: readonly Fact[], terminal: Place): string {
  return factLines(checks, { width: roomOf(terminal) })
}

function roomOf({ isScreen, columns }: Place): number {
  return isScreen ? columns : Number.POSITIVE_INFINITY
}
