import { formatDuration } from '../base/duration.ts'
import { printable } from '../base/printable.ts'
import type { PlotData } from '../fleet/plot-series.ts'
import { valueText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { PlotPoint } from '../ui/plot/draw-series.ts'
import { plot } from '../ui/plot/plot.ts'
import { shorten } from '../ui/width.ts'
import type { Terminal } from './terminal.ts'

const HEIGHT = 12

/** A plot for this terminal: what it shows, what the numbers come to, the lines. */
export function plotText({ metric, from, to, series }: PlotData, terminal: Terminal): string {
  const { paint, columns: width } = terminal
  const [start, end] = [Date.parse(from), Date.parse(to)]
  const lines = series.map(({ device, points }) => ({
    label: device,
    points: points.map(({ at, value }) => ({ at: Date.parse(at), value })),
  }))
  const name = lines.length === 1 ? `${lines[0]!.label}  ${metric}` : metric
  const parts = [paint.strong(printable(name)), formatDuration(end - start)]
  if (lines.length === 1) parts.push(paint.faint(rangeText(lines[0]!.points)))
  const drawing = plot(lines, { from: start, to: end, width, height: HEIGHT, paint })
  return [shorten(parts.join('  '), width), drawing].join('\n')
}

/** The command that follows: the same live. */
export function plotNote({ metric, series }: PlotData, paint: Paint): string {
  const devices = series.map(({ device }) => device).join(' ')
  return `Next: ${paint.command(`flotilla tail ${devices} --metric ${printable(metric)}`)}`
}

function rangeText(points: readonly PlotPoint[]): string {
  const values = points.map(({ value }) => value)
  const [least, greatest] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const,
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
  )
  return `last ${valueText(values.at(-1)!)} · min ${valueText(least)} · max ${valueText(greatest)}`
}
