import type { Canvas } from './canvas.ts'
import { clampValue, type ValueScale } from './value-scale.ts'

export interface PlotPoint {
  /** Milliseconds since 1970. */
  readonly at: number
  /** NaN and infinities are left out, as if there were no point. */
  readonly value: number
  /** What lies behind a mean: the band around the line. */
  readonly min?: number
  readonly max?: number
}

/** Times and values as places on a canvas. */
export interface Frame {
  readonly from: number
  readonly to: number
  readonly scale: ValueScale
}

/** A device that pauses for more than this many of its own usual intervals was away: no line bridges that. */
const USUAL_INTERVALS = 5

/** Draws the points of one series, joined by lines where no gap lies between them. */
export function drawSeries(
  canvas: Canvas,
  points: readonly PlotPoint[],
  series: number,
  { from, to, scale }: Frame,
): void {
  const widest = Math.max(USUAL_INTERVALS * usualInterval(points), (2 * (to - from)) / canvas.across)
  let before: { readonly at: number; readonly x: number; readonly y: number } | undefined
  for (const [index, { at, value }] of points.entries()) {
    const x = placeOf(at, from, to, canvas.across)
    const y = canvas.down - 1 - placeOf(clampValue(value), scale.low, scale.high, canvas.down)
    if (before !== undefined && at - before.at <= widest) line(before.x, before.y, x, y)
    else if ((points[index + 1]?.at ?? Number.POSITIVE_INFINITY) - at > widest) spot(x, y)
    else canvas.set(x, y, series)
    before = { at, x, y }
  }

  /** A point that stands alone would be overlooked as a single dot. */
  function spot(x: number, y: number): void {
    for (const across of [x, Math.min(x ^ 1, canvas.across - 1)]) {
      for (const down of [y, Math.min(y ^ 1, canvas.down - 1)]) canvas.set(across, down, series)
    }
  }

  function line(x0: number, y0: number, x1: number, y1: number): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1)
    for (let step = 0; step <= steps; step++) {
      const share = step / steps
      canvas.set(Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share), series)
    }
  }
}

/** Which of `count` equal places between `low` and `high` holds the number; the ends belong to the outer ones. */
export function placeOf(number: number, low: number, high: number, count: number): number {
  const place = Math.floor(((number - low) / (high - low)) * count)
  return Math.max(0, Math.min(count - 1, place))
}

/** The median of the pauses between points. */
function usualInterval(points: readonly PlotPoint[]): number {
  const pauses = points.slice(1).map(({ at }, index) => at - points[index]!.at)
  return pauses.toSorted((a, b) => a - b)[pauses.length >> 1] ?? 0
}
