import { momentLiteral, nameLists } from './literal.ts'

export interface Chosen {
  /** undefined: all. */
  readonly devices?: readonly string[] | undefined
  readonly metrics?: readonly string[] | undefined
}

/** [from, to) in microseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * The conditions that together choose these devices and metrics, each short enough for one request, in the order of
 * the names; none when nothing is chosen.
 */
export function* conditions({ devices, metrics }: Chosen): Generator<string> {
  for (const device of listsOf('device', devices))
    for (const metric of listsOf('metric', metrics)) yield `${device} AND ${metric}`
}

function listsOf(column: string, names: readonly string[] | undefined): readonly string[] {
  if (names === undefined) return ['true']
  return Array.from(nameLists(names.toSorted()), (list) => `${column} IN (${list})`)
}

export function within({ from, to }: Span): string {
  return `ts >= ${momentLiteral(from)} AND ts < ${momentLiteral(to)}`
}
