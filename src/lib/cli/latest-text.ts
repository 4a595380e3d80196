import { printable } from '../base/printable.ts'
import type { LatestView, Reported } from '../fleet/latest-view.ts'
import { ageText } from '../ui/age.ts'
import { valueText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

/** Values as a table; the device is named where it changes. */
export function latestTable(latest: readonly LatestView[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const isSingle = latest.every(({ device }) => device === latest[0]?.device)
  const named = new Set(latest.filter(({ device }, index) => device !== latest[index - 1]?.device))
  const columns: readonly Column<LatestView>[] = [
    ...(isSingle ? [] : [deviceColumn(named, terminal)]),
    { title: 'metric', cell: ({ metric }) => metric, least: 8 },
    { title: 'value', cell: ({ value }) => reportedText(value), least: 8, align: 'right' },
    { title: 'age', cell: ({ at }) => ageText(Date.parse(at), now), paint: paint.faint, drop: 1 },
  ]
  return tableFor(latest, columns, terminal)
}

function deviceColumn(named: ReadonlySet<LatestView>, { paint, isScreen }: Terminal): Column<LatestView> {
  return {
    title: 'device',
    // A person sees groups; a program that reads lines needs every line whole.
    cell: (row) => (isScreen && !named.has(row) ? '' : row.device),
    paint: paint.strong,
    least: 12,
  }
}

/** A value as a person reads it. Text of a device: make it printable before it is shown. */
export function reportedText(value: Reported): string {
  if (typeof value === 'number') return valueText(value)
  return value === null ? '' : String(value)
}

/** What stands below the table. */
export function latestNote(latest: readonly LatestView[], paint: Paint): string {
  const plotted = latest.find(({ value }) => typeof value === 'number')
  if (latest.length === 0)
    return `Nothing is stored yet. Does anything arrive? Next: ${paint.command('flotilla tail')}`
  const next =
    plotted === undefined
      ? 'flotilla tail'
      : `flotilla telemetry plot ${plotted.device} --metric ${printable(plotted.metric)}`
  return `Next: ${paint.command(next)}`
}
