import { formatDuration } from '../base/duration.ts'
import { speaksUnicode } from './charset.ts'
import { countText, rateText } from './number-text.ts'
import { displayWidth, shorten } from './width.ts'

export interface ProgressView {
  readonly label: string
  /** What is counted, in the plural: `devices`. */
  readonly unit: string
  readonly done: number
  /** undefined: nobody knows. */
  readonly total: number | undefined
  /** A second; undefined: too early to say. */
  readonly rate: number | undefined
}

/** `issue  31,402 of 50,000 devices  ########......  5,210/s  4 s left`, in at most `width` columns. */
export function progressLine(
  { label, unit, done, total, rate }: ProgressView,
  width: number,
  unicode = true,
) {
  const count =
    total === undefined ? `${countText(done)} ${unit}` : `${countText(done)} of ${countText(total)} ${unit}`
  const speed = rate === undefined ? [] : [rateText(rate)]
  const left = rate && total !== undefined ? [`${formatDuration(((total - done) / rate) * 1000)} left`] : []
  const head = [label, count]
  const tail = [...speed, ...left]
  const room = Math.min(30, width - displayWidth([...head, ...tail].join('  ')) - 2)
  const bar = total !== undefined && room >= 6 ? [barText(total === 0 ? 1 : done / total, room, unicode)] : []
  return shorten([...head, ...bar, ...tail].join('  '), width, unicode)
}

function barText(share: number, width: number, unicode: boolean): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return (unicode ? '━' : '#').repeat(full) + (unicode ? '╌' : '.').repeat(width - full)
}

export interface Progress {
  /** `total` undefined: nobody knows yet. */
  update(done: number, total?: number): void
  /** Takes the line away. */
  done(): void
}

export interface ProgressOptions {
  readonly label: string
  readonly unit: string
}

const SILENT: Progress = { update: () => {}, done: () => {} }
/** What is over sooner than this, in milliseconds, needs no bar. */
const PATIENCE = 500
const EVERY = 100
/** The rate is that of the last seconds, so that it says how it goes now. */
const WINDOW = 5000

/**
 * Shows how far long work is: one line on a terminal (stderr, as a rule), drawn at most ten times a second and taken
 * away at the end. Silent where nobody looks.
 */
export function progressBar(
  stream: NodeJS.WriteStream,
  { label, unit }: ProgressOptions,
  now: () => number = () => performance.now(),
): Progress {
  if (!stream.isTTY || process.env['CI']) return SILENT
  const unicode = speaksUnicode()
  const marks: { readonly at: number; readonly done: number }[] = []
  let drawnAt = now() + PATIENCE - EVERY
  let drawn = false
  return {
    update(done, total) {
      const at = now()
      // What was done before, by an earlier run, is not speed.
      if (marks.length === 0) marks.push({ at, done })
      if (at - drawnAt < EVERY) return
      drawnAt = at
      drawn = true
      marks.push({ at, done })
      while (marks.length > 2 && at - marks[0]!.at > WINDOW) marks.shift()
      const line = progressLine(
        { label, unit, done, total, rate: rateOf(marks) },
        stream.columns - 1, // in the last column some terminals wrap at once
        unicode,
      )
      stream.write(`\r${line}\u001b[K`)
    },
    done() {
      if (drawn) stream.write('\r\u001b[K')
      drawn = false
    },
  }
}

function rateOf(marks: readonly { readonly at: number; readonly done: number }[]): number | undefined {
  const [first, last] = [marks[0]!, marks.at(-1)!]
  return last.at > first.at ? ((last.done - first.done) / (last.at - first.at)) * 1000 : undefined
}
