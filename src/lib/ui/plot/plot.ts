import { printable } from '../../base/printable.ts'
import { speaksUnicode } from '../charset.ts'
import { displayWidth, shorten } from '../width.ts'
import { brailleCanvas, type Canvas, markCanvas } from './canvas.ts'
import { drawSeries, type Frame, type PlotPoint, placeOf } from './draw-series.ts'
import { timeTicks } from './time-ticks.ts'
import { type ValueScale, valueScale } from './value-scale.ts'

export interface PlotSeries {
  readonly label: string
  /** In order of time. */
  readonly points: readonly PlotPoint[]
}

export interface PlotOptions {
  /** The time that the plot shows, milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** Columns of the whole plot, labels included. */
  readonly width: number
  /** Rows of the drawing; the axis and, with several series, the legend come on top. */
  readonly height: number
  /** Tells series apart; without colour each gets a mark of its own. */
  readonly paint: {
    readonly colour: boolean
    readonly tint: (index: number, text: string) => string
    readonly faint: (text: string) => string
  }
  readonly unicode?: boolean
}

interface Glyphs {
  readonly axis: string
  readonly tick: string
  readonly corner: string
  readonly floor: string
  readonly floorTick: string
  readonly band: string
  readonly marks: readonly string[]
}

const UNICODE: Glyphs = {
  axis: '│',
  tick: '┤',
  corner: '└',
  floor: '─',
  floorTick: '┬',
  band: '░',
  marks: ['•', '×', '○', '+', '□', '◆'],
}
const ASCII: Glyphs = {
  axis: '|',
  tick: '+',
  corner: '+',
  floor: '-',
  floorTick: '+',
  band: ':',
  marks: ['*', 'x', 'o', '+', '#', '@'],
}
/** A time label and the room around it. */
const LABEL_ROOM = 13

/**
 * Lines over time as text: value axis left, time axis below, a legend for several series. No line is wider than
 * `width`. A band from min to max is drawn when there is one series.
 */
export function plot(series: readonly PlotSeries[], options: PlotOptions): string {
  const { from, to, width, height, paint } = options
  const unicode = options.unicode ?? speaksUnicode()
  const glyphs = unicode ? UNICODE : ASCII
  const finite = series.map(({ points }) =>
    points.filter(({ at, value }) => Number.isFinite(value) && at >= from && at <= to),
  )
  const scale = scaleOf(finite, height)
  const labels = rowLabels(scale, height)
  const margin = Math.max(...labels.map((label) => label.length))
  const columns = Math.max(1, width - margin - 2)
  const frame = { from, to, scale }

  const useDots = unicode && (paint.colour || series.length === 1)
  const canvas = useDots ? brailleCanvas(columns, height) : markCanvas(columns, height, glyphs.marks)
  for (const [index, points] of finite.entries()) drawSeries(canvas, points, index, frame)
  const band = finite.length === 1 ? bandOf(finite[0]!, columns, height, frame) : undefined

  const rows = labels.map((label, row) => {
    const edge = label === '' ? glyphs.axis : glyphs.tick
    return `${label.padStart(margin)} ${paint.faint(edge)}${drawnRow(canvas, columns, row, band, glyphs, paint)}`
  })
  return [
    ...legend(series, options, useDots, glyphs),
    ...rows,
    ...timeAxis(frame, columns, margin, glyphs, paint),
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}

function scaleOf(series: readonly (readonly PlotPoint[])[], height: number): ValueScale {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const points of series) {
    for (const { value, min = value, max = value } of points) {
      least = Math.min(least, min, value)
      greatest = Math.max(greatest, max, value)
    }
  }
  return least <= greatest ? valueScale(least, greatest, Math.max(2, height / 2)) : valueScale(0, 1, 2)
}

/** The label of each row, from the top; empty where there is no tick. */
function rowLabels({ low, high, ticks, label }: ValueScale, height: number): readonly string[] {
  const labels = Array.from({ length: height }, () => '')
  for (const tick of ticks) labels[height - 1 - placeOf(tick, low, high, height)] = label(tick)
  return labels
}

/** For each column the rows that lie between min and max. */
function bandOf(
  points: readonly PlotPoint[],
  columns: number,
  height: number,
  { from, to, scale }: Frame,
): (column: number, row: number) => boolean {
  const top = new Map<number, number>()
  const bottom = new Map<number, number>()
  for (const { at, min, max } of points) {
    if (min === undefined || max === undefined) continue
    const column = placeOf(at, from, to, columns)
    const [high, low] = [max, min].map(
      (value) => height - 1 - placeOf(value, scale.low, scale.high, height),
    ) as [number, number]
    top.set(column, Math.min(high, top.get(column) ?? high))
    bottom.set(column, Math.max(low, bottom.get(column) ?? low))
  }
  return (column, row) => row >= (top.get(column) ?? height) && row <= (bottom.get(column) ?? -1)
}

function drawnRow(
  canvas: Canvas,
  columns: number,
  row: number,
  band: ((column: number, row: number) => boolean) | undefined,
  glyphs: Glyphs,
  paint: PlotOptions['paint'],
): string {
  const paintOf = (series: number | undefined) => (text: string) =>
    series === undefined ? paint.faint(text) : paint.tint(series, text)
  let text = ''
  let run = { characters: '', series: undefined as number | undefined }
  const flush = () =>
    (text += run.characters.trim() === '' ? run.characters : paintOf(run.series)(run.characters))
  for (let column = 0; column < columns; column++) {
    const blank = band?.(column, row) ? glyphs.band : ' '
    const { character, series } = canvas.at(column, row) ?? { character: blank, series: undefined }
    if (series !== run.series) {
      flush()
      run = { characters: '', series }
    }
    run.characters += character
  }
  flush()
  return text
}

function timeAxis(
  { from, to }: Frame,
  columns: number,
  margin: number,
  glyphs: Glyphs,
  paint: PlotOptions['paint'],
): readonly string[] {
  const floor = Array.from({ length: columns }, () => glyphs.floor)
  let labels = ''
  for (const { at, label } of timeTicks(from, to, Math.max(1, Math.floor(columns / LABEL_ROOM)))) {
    const column = placeOf(at, from, to, columns)
    const start = Math.max(0, Math.min(columns - label.length, column - (label.length >> 1)))
    if (start < labels.length + (labels === '' ? 0 : 2)) continue
    floor[column] = glyphs.floorTick
    labels = labels.padEnd(start) + label
  }
  const indent = ' '.repeat(margin + 1)
  return [indent + paint.faint(glyphs.corner + floor.join('')), `${indent} ${labels}`]
}

function legend(
  series: readonly PlotSeries[],
  { width, paint, unicode }: PlotOptions,
  useDots: boolean,
  glyphs: Glyphs,
): readonly string[] {
  if (series.length < 2) return []
  const lines: string[] = []
  let line = ''
  for (const [index, { label }] of series.entries()) {
    const mark = useDots ? '━' : glyphs.marks[index % glyphs.marks.length]!
    const text = shorten(printable(label), width - 2, unicode)
    const entry = `${paint.tint(index, mark)} ${text}`
    const joined = line === '' ? entry : `${line}   ${entry}`
    if (displayWidth(joined) <= width) line = joined
    else {
      lines.push(line)
      line = entry
    }
  }
  return [...lines, line]
}
