import { formatDuration } from '../base/duration.ts'
import { printable } from '../base/printable.ts'
import type { TailSummary } from '../fleet/tail.ts'
import type { TailLine, TailReading } from '../fleet/tail-line.ts'
import { timeText } from '../ui/age.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { LONGEST_NAME } from '../ui/table-layout.ts'
import { pad, shorten } from '../ui/width.ts'
import { wrapWords } from '../ui/wrap-words.ts'
import { reportedText } from './latest-text.ts'

/** A device whose time is this far from ours is worth a word, in milliseconds. */
const WORTH_SAYING = 60_000
/** Longer ids push their own line aside. */
const WIDEST_ID = 24
/** Where a line goes on below itself: behind the time. */
const INDENT = 10

/** Lines as a person reads them: `14:27:38  pump-0001  flow=3.2 pressure=2.4`, each device in its colour. */
export function tailPainter(paint: Paint, width: number): (line: TailLine) => string {
  // A line for a program has room for every value, and for no essay: as in a table.
  const longest = Number.isFinite(width) ? width : LONGEST_NAME
  const places = new Map<string, number>()
  let idWidth = 0
  return (line) => {
    const id = line.device ?? printable(line.topic)
    const place = places.get(id) ?? places.size
    places.set(id, place)
    idWidth = Math.max(idWidth, Math.min(id.length, WIDEST_ID))
    const device = paint.tint(place, pad(id, idWidth))
    const arrivedAt = Date.parse(line.arrivedAt)
    if ('rejected' in line) {
      const { reason, detail } = line.rejected
      const text = `${paint.bad(`not stored (${reason})`)} ${printable(detail)}`
      // The reason stands at the end of the detail: rather two lines than half of it.
      return wrapWords(`${paint.faint(timeText(arrivedAt, arrivedAt))}  ${device}  ${text}`, width, INDENT)
    }
    const at = Date.parse(line.at)
    const parts = [
      paint.faint(timeText(at, arrivedAt)),
      device,
      ...remarks(line, at, arrivedAt, paint),
      valuesText(line, longest),
    ]
    return shorten(parts.join('  '), width)
  }
}

/** @param longest columns of a name or a value */
function valuesText({ values }: TailReading, longest: number): string {
  const cut = (text: string) => shorten(printable(text), longest)
  return Object.entries(values)
    .map(([metric, value]) => `${metric === '' ? '' : `${cut(metric)}=`}${cut(reportedText(value))}`)
    .join(' ')
}

function remarks({ retained }: TailReading, at: number, arrivedAt: number, paint: Paint): readonly string[] {
  const late = arrivedAt - at
  if (retained) return [paint.warn('kept by the broker')]
  if (late > WORTH_SAYING) return [paint.warn(`${formatDuration(late)} late`)]
  if (late < -WORTH_SAYING) return [paint.warn(`its clock is ${formatDuration(-late)} ahead`)]
  return []
}

/** What a tail says at its end, and what to type next. */
export function tailNote({ lines, devices, rejected }: TailSummary, dropped: number, paint: Paint): string {
  const parts = [`${counted(lines, 'line')} of ${counted(devices, 'device')}`]
  if (rejected > 0) parts.push(paint.bad(`${counted(rejected, 'message')} not stored`))
  if (dropped > 0) parts.push(paint.warn(`${counted(dropped, 'line')} not shown: they were read too slowly`))
  return `${parts.join(' · ')}\nNext: ${paint.command('flotilla telemetry latest')}`
}
