import { speaksUnicode } from './charset.ts'
import { placeOf } from './plot/draw-series.ts'
import { clampValue } from './plot/value-scale.ts'

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII = ['_', '.', ':', '-', '=', '+', '*', '#']

/** The course of a value in one character each, from its least to its greatest; a gap, NaN included, is a blank. */
export function sparkline(values: readonly (number | undefined)[], unicode = speaksUnicode()): string {
  const levels = unicode ? BLOCKS : ASCII
  const finite = values
    .filter((value) => value !== undefined)
    .filter(Number.isFinite)
    .map(clampValue)
  const least = finite.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)
  const greatest = finite.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY)
  const levelOf = (value: number) => (least === greatest ? 3 : placeOf(clampValue(value), least, greatest, 8))
  return values
    .map((value) => (value === undefined || !Number.isFinite(value) ? ' ' : levels[levelOf(value)]!))
    .join('')
}
