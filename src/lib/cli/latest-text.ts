import { printable } from '../base/printable.ts'
import type { LatestView, Reported } from '../fleet/latest-view.ts'
import type { CourseView } from '../fleet/show-device.ts'
import { ageText } from '../ui/age.ts'
import { valueText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { sparkline } from '../ui/sparkline.ts'
import type { Column } from '../ui/table.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

/** Values of many devices as a table. */
export function latestTable(latest: readonly LatestView[], terminal: Terminal, now: number): string {
  return tableFor(latest, [deviceColumn(latest, terminal), ...valueColumns(terminal, now)], terminal)
}

/** Values of one device that is named already, and how they went. */
export function valueTable(
  latest: readonly LatestView[],
  lastHour: readonly CourseView[],
  terminal: Terminal,
  now: number,
): string {
  const courses = new Map(lastHour.map(({ metric, means }) => [metric, courseText(means)]))
  const course: Column<LatestView> = {
    title: 'last hour',
    cell: ({ metric }) => courses.get(metric) ?? '',
    yields: 2,
    drop: true,
  }
  return tableFor(latest, [...valueColumns(terminal, now), course], terminal)
}

/** One mean alone is no course. */
function courseText(means: CourseView['means']): string {
  const known = means.filter((mean) => mean !== null)
  return known.length < 2 ? '' : sparkline(means.map((mean) => mean ?? undefined))
}

function valueColumns({ paint }: Terminal, now: number): readonly Column<LatestView>[] {
  return [
    { title: 'metric', cell: ({ metric }) => metric, yields: 2, least: 12 },
    { title: 'value', cell: ({ value }) => reportedText(value), yields: 3, least: 8, align: 'right' },
    {
      title: 'age',
      cell: ({ at }) => ageText(Date.parse(at), now),
      paint: paint.faint,
      yields: 1,
      drop: true,
    },
  ]
}

function deviceColumn(latest: readonly LatestView[], { paint, isScreen }: Terminal): Column<LatestView> {
  const named = new Set(latest.filter(({ device }, index) => device !== latest[index - 1]?.device))
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
