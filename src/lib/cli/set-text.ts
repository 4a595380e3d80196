import { printable } from '../base/printable.ts'
import type { RemovedSet } from '../fleet/remove-set.ts'
import type { SetListing, SetView } from '../fleet/set-view.ts'
import { ageText } from '../ui/age.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

/** More ids than these are no line that anybody types again. */
const TYPEABLE = 20

export function setTable(sets: readonly SetView[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const columns: readonly Column<SetView>[] = [
    { title: 'set', cell: ({ name }) => `@${name}`, unbroken: true, least: 12, paint: paint.strong },
    { title: 'devices', cell: ({ devices }) => countText(devices), align: 'right' },
    { title: 'kept', cell: ({ keptAt }) => ageText(Date.parse(keptAt), now) },
    { title: 'by', cell: ({ actor }) => actor, yields: 1, least: 6, drop: true },
    { title: 'chosen by', cell: ({ selector }) => selector, yields: 2, least: 12 },
  ]
  return tableFor(sets, columns, terminal)
}

export function setListNote({ sets }: SetListing, paint: Paint): string {
  const first = sets[0]
  if (first !== undefined) return `Next: ${paint.command(`flotilla device list @${first.name}`)}`
  return `No set of devices is kept.\nNext: ${paint.command('flotilla device list silent --keep night')}`
}

/** What is asked before a set goes. */
export function removeSetQuestion({ name, devices }: SetView, fleet: string): string {
  return `Remove @${name}, which names ${counted(devices, 'device')}, from fleet ${fleet}?`
}

/** What it named, and the line that keeps it again, if it is one that can be typed. */
export function removedSetText(set: RemovedSet, paint: Paint): string {
  const { name, devices, selector } = set
  return [
    `${paint.strong(`@${name}`)} removed: it named ${counted(devices, 'device')}, chosen by: ${printable(selector)}`,
    ...undoLines(set, paint),
  ].join('\n')
}

function undoLines({ name, ids, retired }: RemovedSet, paint: Paint): readonly string[] {
  if (ids.length === 0) return []
  if (ids.length > TYPEABLE)
    return ['Nothing happened to them. With --json the ids that it named are printed.']
  const more = retired > 0 ? ' --retired' : ''
  return [
    'Nothing happened to them.',
    `Undo: ${paint.command(`flotilla device list ${ids.join(',')}${more} --keep ${name}`)}`,
  ]
}
