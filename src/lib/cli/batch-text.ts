import type { BatchView } from '../fleet/batch-view.ts'
import { ageText, timeText } from '../ui/age.ts'
import type { Fact } from '../ui/facts.ts'
import { countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { factsFor } from './show-facts.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

export function batchTable(batches: readonly BatchView[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const columns: readonly Column<BatchView>[] = [
    { title: 'batch', cell: ({ name }) => name, least: 12, unbroken: true, paint: paint.strong },
    { title: 'state', cell: ({ state }) => state, paint: (text, batch) => statePaint(batch, paint)(text) },
    { title: 'rows', cell: ({ rows }) => countText(rows), align: 'right' },
    { title: 'done', cell: ({ done }) => countText(done), align: 'right' },
    {
      title: 'failed',
      cell: ({ failed }) => (failed === 0 ? '' : countText(failed)),
      align: 'right',
      paint: paint.bad,
    },
    { title: 'begun', cell: ({ startedAt }) => ageText(Date.parse(startedAt), now) },
    { title: 'by', cell: ({ actor }) => actor, yields: 1, least: 6, drop: true },
  ]
  return tableFor(batches, columns, terminal)
}

export function batchListNote(batches: readonly BatchView[], paint: Paint): string {
  const first = batches[0]
  if (first !== undefined) return `Next: ${paint.command(`flotilla batch show ${first.name}`)}`
  const next = paint.command('flotilla device provision --from FILE --batch NAME')
  return `There is no batch yet.\nNext: ${next}`
}

export function batchDetails(batch: BatchView, terminal: Terminal, now: number): string {
  const { paint } = terminal
  const { name, state, action, rows, done, failed, codes, actor, startedAt, finishedAt, digest } = batch
  const before = rows - done - failed
  const facts: readonly Fact[] = [
    ['what', action],
    ['rows', countText(rows)],
    ['done', countText(done)],
    ...(failed === 0 ? [] : [['failed', paint.bad(failedText(failed, codes))] as const]),
    ...(before === 0 ? [] : [[state === 'open' ? 'left' : 'had one', restText(batch, before)] as const]),
    ['begun', `${timeText(Date.parse(startedAt), now)} by ${actor}`],
    ...(finishedAt === null ? [] : [['finished', timeText(Date.parse(finishedAt), now)] as const]),
    ['input', `sha256 ${digest}`],
  ]
  return `${paint.strong(name)}  ${statePaint(batch, paint)(state)}\n${factsFor(facts, terminal)}`
}

/** The command that follows from what was shown. */
export function nextAfterBatch({ state, name }: BatchView): string {
  return state === 'open'
    ? `the same line that began it, with --batch ${name}: it goes on where it stopped`
    : 'flotilla device list --limit 20'
}

function failedText(failed: number, codes: BatchView['codes']): string {
  const kinds = Object.entries(codes).map(([code, count]) => `${countText(count)} ${code}`)
  return `${countText(failed)}  ${kinds.join(', ')}`
}

function restText({ state }: BatchView, before: number): string {
  return state === 'open' ? countText(before) : `${countText(before)}  (a certificate before it began)`
}

function statePaint({ state, failed }: BatchView, paint: Paint): (text: string) => string {
  if (state === 'open') return paint.warn
  return failed > 0 ? paint.bad : paint.good
}
