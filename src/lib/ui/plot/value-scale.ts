/** A vertical axis: from `low` to `high`, both on a tick. */
export interface ValueScale {
  readonly low: number
  readonly high: number
  readonly ticks: readonly number[]
  readonly label: (value: number) => string
}

/** Further out a difference of two numbers would overflow; nothing that is measured is. */
const FURTHEST = 1e300
/** Doubles carry 15 to 17 digits: a finer step would not move the number. */
const FINEST = 1e-13

/** Round ticks around all values: at most about `most` of them, steps of 1, 2 or 5 times a power of ten. */
export function valueScale(least: number, greatest: number, most: number): ValueScale {
  const [from, to] = opened(clampValue(least), clampValue(greatest))
  const size = Math.max(Math.abs(from), Math.abs(to))
  const step = roundStep(Math.max((to - from) / Math.max(1, most - 1), size * FINEST))
  const first = Math.floor(from / step)
  const last = Math.max(first + 1, Math.ceil(to / step))
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => tick(first + index, step))
  return { low: ticks[0]!, high: ticks.at(-1)!, ticks, label: labelFor(step, size) }
}

export function clampValue(value: number): number {
  return Math.max(-FURTHEST, Math.min(FURTHEST, value))
}

/** A constant gets room on both sides, so that its line lies in the middle. */
function opened(from: number, to: number): readonly [number, number] {
  if (to - from > Math.max(Math.abs(from), Math.abs(to)) * FINEST && to - from > 1e-290) return [from, to]
  const room = Math.abs(from) > 1e-280 ? Math.abs(from) * 0.1 : 1
  return [from - room, to + room]
}

function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw))
  const factor = [1, 2, 5].find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10
  return factor * power
}

/** 3 × 0.1 is 0.30000000000000004: the digits beyond the step are noise. */
function tick(count: number, step: number): number {
  return Number((count * step).toPrecision(14))
}

function labelFor(step: number, size: number): (value: number) => string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  if (size < 1e7 && decimals <= 5) return (value) => value.toFixed(decimals)
  const digits = Math.floor(Math.log10(size)) - Math.floor(Math.log10(step) + 1e-9)
  return (value) => (value === 0 ? '0' : value.toExponential(Math.max(0, Math.min(13, digits))))
}
