import { isDeviceId } from '../base/names.ts'
import { printable } from '../base/printable.ts'
import type { RefusedListing, RefusedRow } from '../fleet/refused.ts'
import { ageText, timeText } from '../ui/age.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { idList } from './bar-text.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

export function refusedTable(rows: readonly RefusedRow[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const columns: readonly Column<RefusedRow>[] = [
    {
      title: 'who',
      cell: ({ identity }) => identity,
      yields: 2,
      least: 12,
      unbroken: true,
      paint: paint.strong,
    },
    { title: 'known as', cell: knownAs, yields: 1, least: 8, drop: true, wraps: true },
    { title: 'reason', cell: ({ reason }) => reason, paint: paint.warn },
    { title: 'times', cell: ({ count }) => countText(count), align: 'right' },
    { title: 'since', cell: ({ first }) => timeText(Date.parse(first), now), drop: true },
    { title: 'last', cell: ({ last }) => ageText(Date.parse(last), now) },
    { title: 'from', cell: ({ address }) => address, yields: 3, least: 8, unbroken: true },
  ]
  return tableFor(rows, columns, terminal)
}

/** What the registry has under that name. */
function knownAs({ device, certificate }: RefusedRow): string {
  if (device === null) return certificate === 'none' ? 'nobody' : `certificate ${certificate}`
  const state = device.blocked ? `${device.life}, blocked` : device.life
  return certificate === 'good' || certificate === 'none' ? state : `${state}, ${certificate}`
}

/** What stands below the table: each reason once with its next step, who came in unknown, where all of it is from. */
export function refusedNote(listing: RefusedListing, paint: Paint): string {
  const { refused, total, unknown } = listing
  const lines: string[] = []
  if (total > refused.length) lines.push(`The latest ${countText(refused.length)} of ${countText(total)}.`)
  if (total === 0) lines.push('Nobody was turned away.')
  for (const [reason, { remedy }] of oneOfEach(refused)) {
    lines.push(`${paint.warn(printable(reason))}  ${remedy.meaning}`, `    ${paint.command(remedy.next)}`)
  }
  lines.push(...unknownLines(unknown, paint), ...sourceLines(listing))
  return lines.join('\n')
}

function oneOfEach(rows: readonly RefusedRow[]): ReadonlyMap<string, RefusedRow> {
  const first = new Map<string, RefusedRow>()
  for (const row of rows) if (!first.has(row.reason)) first.set(row.reason, row)
  return first
}

function unknownLines(unknown: RefusedListing['unknown'], paint: Paint): readonly string[] {
  if (unknown.length === 0) return []
  const ids = unknown.map(({ id }) => id)
  const whom = `${counted(unknown.length, 'device')} came in by a certificate of this fleet that the registry does not know: ${printable(idList(ids))}.`
  const id = ids.find(isDeviceId) ?? 'ID'
  return [
    `${paint.warn('unknown')}  ${whom}`,
    `    ${paint.command(`flotilla device import ${id}`)}  or  ${paint.command(`flotilla device block ${id}`)}`,
  ]
}

function sourceLines({ source }: RefusedListing): readonly string[] {
  if (source === 'log')
    return [
      "From mosquitto's log: of a failed handshake it has the address, not the name, and less of the reason.",
    ]
  return source === 'none' ? ["The broker is somebody else's: what it refuses stands in its own log."] : []
}
