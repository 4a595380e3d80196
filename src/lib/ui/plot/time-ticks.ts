import { clockText, dateText } from '../age.ts'

export interface TimeTick {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly label: string
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((count) => count * DAY),
]

/** Round local moments in [from, to]: at most `most` of them. */
export function timeTicks(from: number, to: number, most: number): readonly TimeTick[] {
  const step = STEPS.find((candidate) => (to - from) / candidate <= most) ?? (to - from) / most
  const offset = new Date(from).getTimezoneOffset() * MINUTE
  const ticks: TimeTick[] = []
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) {
    ticks.push({ at, label: labelOf(at, step, to) })
  }
  return ticks
}

function labelOf(at: number, step: number, to: number): string {
  if (step >= DAY || isMidnight(at)) return dateText(at, to)
  return step < MINUTE ? clockText(at) : clockText(at).slice(0, 5)
}

/** Where a day begins its date says more than 00:00. */
function isMidnight(at: number): boolean {
  return clockText(at) === '00:00:00'
}
