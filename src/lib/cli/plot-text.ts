import { formatDuration } from '../base/duration.ts'
import { printable } from '../base/printable.ts'
import type { PlotData, PlotValue } from '../fleet/plot-series.ts'
import { valueText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { PlotPoint } from '../ui/plot/draw-series.ts'
import { plot } from '../ui/plot/plot.ts'
import { shorten } from '../ui/width.ts'
import { typeableWord } from './shell-word.ts'
import type { Terminal } from './terminal.ts'

const HEIGHT = 12

/** A plot for this terminal: what it shows, what the numbers come to, the lines. */
export function plotText({ metric, from, to, interval, series }: PlotData, terminal: Terminal): string {
  const { paint, columns: width } = terminal
  const [start, end] = [Date.parse(from), Date.parse(to)]
  const lines = series.map(({ device, points }) => ({
    label: device,
    points: points.map((point) => pointOf(point, interval * 1000)),
  }))
  const name = lines.length === 1 ? `${lines[0]!.label}  ${metric}` : metric
  const parts = [paint.strong(printable(name)), formatDuration(end - start)]
  if (lines.length === 1) parts.push(paint.faint(rangeText(series[0]!.points)))
  const drawing = plot(lines, { from: start, to: end, width, height: HEIGHT, paint })
  return [shorten(parts.join('  '), width), drawing].join('\n')
}

/** The command that follows: the same live. */
export function plotNote({ metric, series }: PlotData, paint: Paint): string {
  const devices = series.map(({ device }) => device).join(' ')
  const word = typeableWord(metric)
  const only = word === undefined ? '' : ` --metric ${word}`
  return `Next: ${paint.command(`flotilla tail ${devices}${only}`)}`
}

/** Where an interval lies on the plot: in its middle; min and max only where they are more than one value. */
function pointOf({ at, count, avg, min, max }: PlotValue, interval: number): PlotPoint {
  const middle = { at: Date.parse(at) + interval / 2, value: avg }
  return count > 1 ? { ...middle, min, max } : middle
}

function rangeText(points: readonly PlotValue[]): string {
  const least = points.reduce((low, { min }) => Math.min(low, min), Number.POSITIVE_INFINITY)
  const greatest = points.reduce((high, { max }) => Math.max(high, max), Number.NEGATIVE_INFINITY)
  return `last ${valueText(points.at(-1)!.avg)} · min ${valueText(least)} · max ${valueText(greatest)}`
}
