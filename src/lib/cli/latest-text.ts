import type { CourseView } from '../fleet/last-hour.ts'
import type { LatestValues } from '../fleet/latest-values.ts'
import type { LatestView, Reported } from '../fleet/latest-view.ts'
import { ageText } from '../ui/age.ts'
import { counted, valueText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { sparkline } from '../ui/sparkline.ts'
import type { Column } from '../ui/table.ts'
import { typeableWord } from './shell-word.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

/** Values of many devices as a table: how each went, how old it is, and whose device has fallen silent. */
export function latestTable(
  { latest, lastHour, silent }: LatestValues,
  terminal: Terminal,
  now: number,
): string {
  const courses = new Map(lastHour.map(({ device, metric, means }) => [keyOf({ device, metric }), means]))
  const quiet = new Set(silent)
  const state: Column<LatestView> = {
    title: 'state',
    cell: ({ device }) => (quiet.has(device) ? 'silent' : ''),
    paint: terminal.paint.bad,
  }
  const columns = [
    deviceColumn(latest, terminal),
    ...valueColumns(terminal, now),
    courseColumn((row) => courses.get(keyOf(row))),
    state,
  ]
  return tableFor(latest, columns, terminal)
}

/** Values of one device that is named already, and how they went. */
export function valueTable(
  latest: readonly LatestView[],
  lastHour: readonly CourseView[],
  terminal: Terminal,
  now: number,
): string {
  const courses = new Map(lastHour.map(({ metric, means }) => [metric, means]))
  return tableFor(
    latest,
    [...valueColumns(terminal, now), courseColumn(({ metric }) => courses.get(metric))],
    terminal,
  )
}

function keyOf({ device, metric }: { readonly device: string; readonly metric: string }): string {
  return `${device}/${metric}` // no id has a slash
}

function courseColumn(meansOf: (row: LatestView) => CourseView['means'] | undefined): Column<LatestView> {
  return { title: 'last hour', cell: (row) => courseText(meansOf(row) ?? []), yields: 2, drop: true }
}

/** One mean alone is no course. */
function courseText(means: CourseView['means']): string {
  const known = means.filter((mean) => mean !== null)
  return known.length < 2 ? '' : sparkline(means.map((mean) => mean ?? undefined))
}

function valueColumns({ paint }: Terminal, now: number): readonly Column<LatestView>[] {
  return [
    { title: 'metric', cell: ({ metric }) => metric, yields: 2, least: 12, unbroken: true },
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
    unbroken: true,
  }
}

/** A value as a person reads it. Text of a device: make it printable before it is shown. */
export function reportedText(value: Reported): string {
  if (typeof value === 'number') return valueText(value)
  return value === null ? '' : String(value)
}

/** What stands below the table. */
export function latestNote(
  { latest, silent }: Pick<LatestValues, 'latest' | 'silent'>,
  paint: Paint,
): string {
  if (latest.length === 0)
    return `Nothing is stored yet. Does anything arrive? Next: ${paint.command('flotilla tail')}`
  if (silent[0] !== undefined) {
    const who = `${counted(silent.length, 'device')} silent`
    return `${paint.bad(who)}\nNext: ${paint.command(`flotilla device show ${silent[0]}`)}`
  }
  return `Next: ${paint.command(plotCommand(latest) ?? 'flotilla tail')}`
}

/** How the first number is plotted whose metric can be typed; rather a plain name than one in quotes. */
export function plotCommand(latest: readonly LatestView[]): string | undefined {
  const typeable = latest
    .filter(({ value }) => typeof value === 'number')
    .map(({ device, metric }) => ({ device, metric, word: typeableWord(metric) }))
    .filter(({ word }) => word !== undefined)
  const one = typeable.find(({ metric, word }) => metric === word) ?? typeable[0]
  return one && `flotilla telemetry plot ${one.device} --metric ${one.word}`
}
