import type { AuditEntryView, AuditVerification } from '../fleet/audit.ts'
import { timeText } from '../ui/age.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

export function auditTable(entries: readonly AuditEntryView[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const columns: readonly Column<AuditEntryView>[] = [
    { title: 'row', cell: ({ sequence }) => String(sequence), align: 'right', paint: paint.faint },
    { title: 'when', cell: ({ at }) => timeText(Date.parse(at), now) },
    { title: 'who', cell: ({ actor }) => actor, least: 8, unbroken: true },
    { title: 'what', cell: ({ action }) => action, least: 8, unbroken: true, paint: paint.strong },
    { title: 'to', cell: ({ subject }) => subject, least: 8, unbroken: true },
    { title: 'details', cell: detailText, yields: 1, least: 8, drop: true, paint: paint.faint },
  ]
  return tableFor(entries, columns, terminal)
}

export function verificationText({ rows, head, headAt }: AuditVerification, paint: Paint): string {
  const since = headAt === null ? '' : ` ${counted(rows - headAt, 'row')} since the head that you kept.`
  return [
    `${paint.good('ok')}  ${counted(rows, 'row')}${rows === 0 ? '.' : ', each follows from the one before it.'}${since}`,
    ...(rows === 0 ? [] : [`head  ${head}`]),
  ].join('\n')
}

/** What to do with the head; nothing where there is no row that it could be of. */
export function verificationNote({ rows, head }: AuditVerification, paint: Paint): string | undefined {
  if (rows === 0) return undefined
  return [
    'Keep the head where this machine cannot write: it proves later that nothing was cut off or written anew.',
    `Next: ${paint.command(`flotilla audit verify --head ${head}`)}`,
  ].join('\n')
}

function detailText({ details }: AuditEntryView): string {
  return details === null ? '' : JSON.stringify(details)
}
