import { printable } from '../base/printable.ts'
import type { DeadLetterListing, DeadLetterView } from '../fleet/dead-letters.ts'
import type { ReplayResult } from '../service/replay-dead-letters.ts'
import { ageText } from '../ui/age.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

/** Bytes of a payload that are shown. */
const SHOWN = 48

export function deadLetterTable(letters: readonly DeadLetterView[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const columns: readonly Column<DeadLetterView>[] = [
    { title: 'reason', cell: ({ reason }) => reason, paint: paint.warn },
    { title: 'arrived', cell: ({ arrivedAt }) => ageText(Date.parse(arrivedAt), now) },
    { title: 'topic', cell: ({ topic }) => topic, yields: 2, least: 12, unbroken: true },
    { title: 'why', cell: ({ detail }) => detail, yields: 1, least: 16, whole: true, wraps: true },
    { title: 'payload', cell: ({ payload }) => payloadBeginning(payload), yields: 3, least: 8, drop: true },
  ]
  return tableFor(letters, columns, terminal)
}

/** Its first bytes: as text where they are text, else in hexadecimal. @param payload base64 */
export function payloadBeginning(payload: string): string {
  const bytes = Buffer.from(payload.slice(0, Math.ceil(SHOWN / 3) * 4 + 4), 'base64')
  const first = bytes.subarray(0, SHOWN)
  const more = bytes.length > SHOWN ? '…' : ''
  const text = first.toString('utf8').replace(/\uFFFD$/, '') // a character that was cut
  return `${text.includes('\uFFFD') ? first.toString('hex') : printable(text)}${more}`
}

/** @param isChosen whether only some were asked for */
export function deadLetterNote(
  { letters, total }: DeadLetterListing,
  isChosen: boolean,
  paint: Paint,
): string {
  if (total === 0)
    return isChosen
      ? 'There are no such dead letters.'
      : 'No dead letters: everything that came could be stored.'
  const count =
    letters.length < total
      ? `The latest ${countText(letters.length)} of ${counted(total, 'dead letter')}.`
      : `${counted(total, 'dead letter')}.`
  const next = 'flotilla telemetry deadletters replay'
  return `${count} When the cause is mended, store them.\nNext: ${paint.command(next)}`
}

/** What stays is the failure's to say. */
export function replayText({ stored, measurements, kept }: ReplayResult): string {
  if (stored + kept === 0) return 'There are no such dead letters.'
  return `${counted(stored, 'dead letter')} stored: ${counted(measurements, 'measurement')}.`
}
